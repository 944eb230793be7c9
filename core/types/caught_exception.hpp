// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace forkmap::types {

// For use inside a catch block: what() of the exception, or the name of the type that was thrown.
[[nodiscard]] std::string caught_exception_text();

}  // namespace forkmap::types
