// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace forkmap::process {

// Where a stack is: addresses from `low` (as far as it may grow) up to `high`. Both 0: not known.
struct StackRange {
  std::uintptr_t low = 0;
  std::uintptr_t high = 0;
};

// Of the calling thread. Reads /proc for the first thread of a process; so it is not cheap.
[[nodiscard]] StackRange stack_of_this_thread() noexcept;

// Whether a fault at `address`, with that stack pointer, means that the stack is used up. `stack`
// is that of the worker's own thread; the fault may be another thread's, or on a stack that a
// function has made for itself.
[[nodiscard]] bool is_stack_overflow(std::uintptr_t address, std::uintptr_t stack_pointer,
                                     const StackRange& stack) noexcept;

}  // namespace forkmap::process
