// SPDX-License-Identifier: Apache-2.0
//
// A call that only helps, where a file system does not have it.
#pragma once

#include <string>

namespace forkmap::host {

// Has the bytes of a file written to the disk. False where that cannot be asked of this file (a
// device, a file system that has no such call): what was written outlives the process, and perhaps
// not a failure of the machine. Throws SystemError where the writing itself failed.
[[nodiscard]] bool sync_to_disk(int fd, const std::string& path);

}  // namespace forkmap::host
