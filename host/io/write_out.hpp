// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace forkmap::host {

// Writes the buffer, which then has what was not written: nothing, unless it throws SystemError,
// with the name of the file.
void write_out(int fd, std::string& buffer, const std::string& name);

}  // namespace forkmap::host
