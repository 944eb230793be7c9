// SPDX-License-Identifier: Apache-2.0
//
// forkmap/requirements.hpp: what a compiler must offer, said in one message instead of hundreds.
// The headers that programs and plugins include come here first. An #error alone does not end a
// compilation; a header that is not there does.
#pragma once

#if __cplusplus < 202002L
#error "forkmap needs C++20: compile with -std=c++20 or later"
#include <forkmap/stopped_by_the_error_above>
#elif !defined(__cpp_exceptions)
#error "forkmap needs exceptions: compile without -fno-exceptions"
#include <forkmap/stopped_by_the_error_above>
#endif

namespace forkmap::detail {

struct AlignedAsUsual {
  char byte;
  double number;
};
// No macro tells of that option.
static_assert(sizeof(AlignedAsUsual) == 2 * sizeof(double),
              "forkmap: -fpack-struct lays classes out in another way than the library and the "
              "standard library do; compile without it");

}  // namespace forkmap::detail
