// SPDX-License-Identifier: Apache-2.0
//
// Whether the first bytes of a file, which an earlier run has written, are still the same.
#pragma once

#include <string>

#include "host/input/check_progress.hpp"
#include "host/journal/record.hpp"

namespace forkmap::host {

// How the file differs from what was written: "is not there, and 300 bytes were written"; empty if
// it does not. `fd`: negative if there is no file. Throws SystemError.
[[nodiscard]] std::string difference_of(int fd, const std::string& path, const VouchedBytes& then,
                                        CheckProgress& progress);

// How many bytes the file has behind so many; 0 if there is no file. Throws SystemError.
[[nodiscard]] std::uint64_t bytes_behind(int fd, const std::string& path, std::uint64_t bytes);

// To go on with behind these bytes, which have been compared. Throws SystemError.
[[nodiscard]] StreamHash hash_behind(int fd, const std::string& path, const VouchedBytes& then);

// The same behind bytes that may be others.
[[nodiscard]] StreamHash hash_of_first(int fd, const std::string& path, std::uint64_t bytes,
                                       CheckProgress& progress);

}  // namespace forkmap::host
