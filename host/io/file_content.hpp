// SPDX-License-Identifier: Apache-2.0
//
// What a file holds: to be compared with what another one holds, elsewhere or later, or whole.
#pragma once

#include <string>

namespace forkmap::host {

// "16384 bytes, hash 0123..."; where it cannot be read "unknown: ", and why.
[[nodiscard]] std::string content_of(const std::string& path);
// Its bytes. Throws SystemError.
[[nodiscard]] std::string bytes_of(const std::string& path);

}  // namespace forkmap::host
