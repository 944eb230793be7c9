// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/base/unique_fd.hpp"
#include "host/io/byte_feed.hpp"

namespace forkmap::host {

// The whole file in one stretch, from where the descriptor stands to the end that the file has now.
// Null for a regular file that must be read instead: one that cannot be mapped, or that has another
// size than it says (files of /sys, of a file system in user space). The descriptor is then as it
// was; else it is taken, or closed.
//
// A file that is cut short while it is read cannot be read on: the process then ends with exit
// status 3 and a message, from a handler of SIGBUS.
[[nodiscard]] std::unique_ptr<ByteFeed> map_file(base::UniqueFd& file);

}  // namespace forkmap::host
