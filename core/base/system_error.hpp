// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace forkmap::base {

// Throws forkmap::SystemError: "cannot <asked>: <text of the error number>".
[[noreturn]] void throw_system_error(std::string_view asked, int error_number);

// Text of an error number, thread safe.
[[nodiscard]] std::string error_text(int error_number);

}  // namespace forkmap::base
