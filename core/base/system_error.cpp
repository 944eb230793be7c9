// SPDX-License-Identifier: Apache-2.0
#include "core/base/system_error.hpp"

#include <cerrno>
#include <forkmap/error.hpp>
#include <system_error>

#include "core/base/limit_behind.hpp"

namespace forkmap::base {

std::string error_text(int error_number) { return std::generic_category().message(error_number); }

void throw_system_error(std::string_view asked, int error_number) {
  // What else is refused with EAGAIN has other reasons.
  const bool is_explained = error_number != EAGAIN || asked.starts_with("fork");
  throw SystemError(
      "cannot " + std::string(asked) + ": " +
          (is_explained ? explained_error_text(error_number) : error_text(error_number)),
      error_number);
}

}  // namespace forkmap::base
