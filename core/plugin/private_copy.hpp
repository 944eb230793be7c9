// SPDX-License-Identifier: Apache-2.0
//
// A copy of a plugin's file that nobody can change. The running code must not depend on the file:
// whoever overwrites it in place (cp) would otherwise change, or cut off, the code under our feet.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "core/base/unique_fd.hpp"

namespace forkmap::plugin {

// Either a sealed memfd with the first `size_bytes` bytes of `file`, or why there can be none here
// (memfds may not be executed, no /proc, file size limit): the file must then be loaded in place.
// Throws SystemError where the file cannot be read.
[[nodiscard]] std::variant<base::UniqueFd, std::string> make_private_copy(int file,
                                                                          std::uint64_t size_bytes,
                                                                          const std::string& name);

}  // namespace forkmap::plugin
