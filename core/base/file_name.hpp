// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace forkmap::base {

// What stands behind the last '/' of a path: all of it where there is none.
[[nodiscard]] constexpr std::string_view file_name(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace forkmap::base
