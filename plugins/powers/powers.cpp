// SPDX-License-Identifier: Apache-2.0
//
// powers: the second plugin of the lesson, the one that is loaded too late.
#include <cstdint>
#include <stdexcept>
#include <string>

#include <forkmap/plugin.hpp>

namespace {

std::int64_t power(std::int64_t base, std::uint32_t exponent) {
  if (base == 0 || base == 1) return exponent == 0 ? 1 : base;
  if (base == -1) return exponent % 2 == 0 ? 1 : -1;
  std::int64_t result = 1;
  for (std::uint32_t i = 0; i < exponent; ++i) {  // overflows after 63 steps at the latest
    if (__builtin_mul_overflow(result, base, &result)) {
      throw std::overflow_error(std::to_string(base) + " to the power " + std::to_string(exponent) +
                                " does not fit into an i64");
    }
  }
  return result;
}

std::int64_t cube(std::int64_t x) { return power(x, 3); }

}  // namespace

FORKMAP_PLUGIN("powers", "1.0", forkmap::function<cube>("cube", "Return the cube of the argument."),
               forkmap::function<power>("power",
                                        "Return the first argument to the power of the second."))
