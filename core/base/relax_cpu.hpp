// SPDX-License-Identifier: Apache-2.0
//
// What a loop that looks at shared memory does between two looks.
#pragma once

namespace forkmap::base {

inline void relax_cpu() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace forkmap::base
