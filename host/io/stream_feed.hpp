// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "core/base/unique_fd.hpp"
#include "host/io/byte_feed.hpp"

namespace forkmap::host {

// Pipes, sockets, terminals, devices: read as far as there is something, never waited for. The open
// file's flags are left alone, since others may share it.
[[nodiscard]] std::unique_ptr<ByteFeed> stream_from(base::UniqueFd fd, const std::string& shown);

}  // namespace forkmap::host
