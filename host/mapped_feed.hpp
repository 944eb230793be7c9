// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "core/base/unique_fd.hpp"
#include "host/byte_feed.hpp"

namespace forkmap::host {

// The whole file in one stretch, from where the descriptor stands to the end that the file has now.
// Throws UsageError.
//
// A file that is cut short while it is read cannot be read on: the process then ends with exit
// status 3 and a message, from a handler of SIGBUS.
[[nodiscard]] std::unique_ptr<ByteFeed> map_file(base::UniqueFd fd, const std::string& shown);

}  // namespace forkmap::host
