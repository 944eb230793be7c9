// SPDX-License-Identifier: Apache-2.0
// [plugin]
#include <forkmap/plugin.hpp>
#include <stdexcept>

static std::uint64_t smallest_factor(std::uint64_t n) {
  if (n < 2) throw std::domain_error("a number below 2 has no prime factor");
  for (std::uint64_t d = 2; d <= n / d; ++d) {
    if (n % d == 0) return d;
  }
  return n;
}

FORKMAP_PLUGIN("primes", "1.0",
               forkmap::function<smallest_factor>("smallest_factor", "The smallest prime factor."))
// [plugin end]
