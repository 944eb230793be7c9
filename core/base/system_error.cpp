// SPDX-License-Identifier: Apache-2.0
#include "core/base/system_error.hpp"

#include <cerrno>
#include <cstring>
#include <forkmap/error.hpp>
#include <string>

#include "core/base/limit_behind.hpp"

namespace forkmap::base {

// Not strerror(), which translates, under a lock that a forked child may inherit locked.
std::string error_text(int error_number) {
  const char* const text = ::strerrordesc_np(error_number);
  return text != nullptr ? text : "unknown error " + std::to_string(error_number);
}

void throw_system_error(std::string_view asked, int error_number) {
  // What else is refused with EAGAIN has other reasons.
  const bool is_explained = error_number != EAGAIN || asked.starts_with("fork");
  throw SystemError(
      "cannot " + std::string(asked) + ": " +
          (is_explained ? explained_error_text(error_number) : error_text(error_number)),
      error_number);
}

}  // namespace forkmap::base
