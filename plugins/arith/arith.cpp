// SPDX-License-Identifier: Apache-2.0
//
// arith: plain arithmetic; one argument, two arguments, two results, and a function that prints.
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <string>
#include <tuple>

#include <forkmap/plugin.hpp>

namespace {

std::int64_t square(std::int64_t x) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(x, x, &result)) {
    throw std::overflow_error("the square of " + std::to_string(x) + " does not fit into an i64");
  }
  return result;
}

double hypotenuse(double x, double y) { return std::hypot(x, y); }

std::tuple<std::int64_t, std::int64_t> divmod(std::int64_t dividend, std::int64_t divisor) {
  if (divisor == 0) throw std::domain_error("division by zero");
  if (divisor == -1 && dividend == std::numeric_limits<std::int64_t>::min()) {
    throw std::overflow_error(std::to_string(dividend) + " / -1 does not fit into an i64");
  }
  return {dividend / divisor, dividend % divisor};
}

// Shows which process does the work.
std::int64_t square_verbose(std::int64_t x) {
  std::printf("Worker %d calculating square of %lld\n", static_cast<int>(::getpid()),
              static_cast<long long>(x));
  return square(x);
}

}  // namespace

FORKMAP_PLUGIN("arith", "1.0",
               forkmap::function<square>("square", "Return the square of the argument."),
               forkmap::function<hypotenuse>("hypot", "Return the length of the hypotenuse."),
               forkmap::function<divmod>("divmod", "Return quotient (towards zero) and remainder."),
               forkmap::function<square_verbose>("square_verbose",
                                                 "Print the worker's pid, return the square."))
