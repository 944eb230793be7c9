// SPDX-License-Identifier: Apache-2.0
#include "core/base/system_error.hpp"

#include <forkmap/error.hpp>
#include <system_error>

namespace forkmap::base {

std::string error_text(int error_number) { return std::generic_category().message(error_number); }

void throw_system_error(std::string_view asked, int error_number) {
  throw SystemError("cannot " + std::string(asked) + ": " + error_text(error_number), error_number);
}

}  // namespace forkmap::base
