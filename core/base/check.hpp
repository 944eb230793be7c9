// SPDX-License-Identifier: Apache-2.0
//
// Always-on check for our own bugs. Prints file, line and condition, and aborts.
#pragma once

namespace forkmap::base {

[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace forkmap::base

#define FORKMAP_CHECK(condition)                                     \
  do {                                                               \
    if (!(condition)) [[unlikely]]                                   \
      ::forkmap::base::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)
