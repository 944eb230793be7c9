// SPDX-License-Identifier: Apache-2.0
#include "core/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace forkmap::base {

void check_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "forkmap: internal error at %s:%d: (%s) does not hold\n", file, line,
               condition);
  std::abort();
}

}  // namespace forkmap::base
