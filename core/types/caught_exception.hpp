// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace forkmap::types {

// Both are for use inside a catch (...) block.

// Whether it was entered by no C++ exception but by the forced unwinding of pthread_exit or thread
// cancellation, which must be let go on with `throw;`. (Not by catching abi::__forced_unwind&: that
// binds a reference to null, which the undefined-behaviour sanitizer reports.)
[[nodiscard]] bool caught_forced_unwind() noexcept;

// what() of the C++ exception; where there is none, the name of the type that was thrown.
[[nodiscard]] std::string caught_exception_text();

}  // namespace forkmap::types
