// SPDX-License-Identifier: Apache-2.0
//
// bench_functions: what the bench's rows map.
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <forkmap/plugin.hpp>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "bench/plugin/kernels.hpp"
#include "bench/plugin/spin.hpp"

namespace {

std::int64_t square(std::int64_t x) { return x * x; }
double square_f64(double x) { return x * x; }
double scale(double x) { return forkmap::bench::scale(x); }
void scale_all(std::span<const double> from, std::span<double> to) {
  forkmap::bench::scale_all(from, to);
}
double spin(double duration_us) { return forkmap::bench::spin_us(duration_us); }

std::span<const std::byte> echo_bytes(std::span<const std::byte> bytes) { return bytes; }
std::string echo(std::string_view text) { return std::string(text); }

// Nanoseconds on the monotonic clock, and the worker's pid.
std::tuple<std::int64_t, std::int64_t> now(std::int64_t) {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return {std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec, ::getpid()};
}

}  // namespace

FORKMAP_PLUGIN("bench", "1.0", forkmap::function<square>("square", "The square of an integer."),
               forkmap::function<square_f64>("square_f64", "The square of a number."),
               forkmap::function<scale>("scale", "x * 1.5 + 0.25."),
               forkmap::vectorized<scale_all>("scale_all", "scale, a chunk in one call."),
               forkmap::function<spin>("spin", "Compute for so many microseconds."),
               forkmap::function<echo_bytes>("echo_bytes", "The same bytes."),
               forkmap::function<echo>("echo", "The same text."),
               forkmap::function<now>("now", "Monotonic time in ns, and the worker's pid."))
