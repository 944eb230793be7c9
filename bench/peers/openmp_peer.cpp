// SPDX-License-Identifier: Apache-2.0
#include "bench/peers/openmp_peer.hpp"

#include <stdexcept>

#ifdef FORKMAP_BENCH_OPENMP
#include <cstddef>

#include "bench/plugin/kernels.hpp"
#include "bench/plugin/spin.hpp"
#include "bench/run/stopwatch.hpp"
#endif

namespace forkmap::bench {

#ifdef FORKMAP_BENCH_OPENMP

bool has_openmp() noexcept { return true; }

std::string openmp_version() {
  return std::to_string(_OPENMP) + ", GCC " + std::to_string(__GNUC__);
}

double openmp_scale_seconds(std::span<const double> in, std::span<double> out) {
  const double* const from = in.data();
  double* const to = out.data();
  const std::size_t count = in.size();
  const Stopwatch watch;
#pragma omp parallel for num_threads(2) schedule(static)
  for (std::size_t item = 0; item < count; ++item) to[item] = scale(from[item]);
  return watch.seconds();
}

double openmp_spin_seconds(std::span<const double> durations_us) {
  const std::size_t count = durations_us.size();
  double sum = 0;
  const Stopwatch watch;
#pragma omp parallel for num_threads(2) schedule(dynamic, 1) reduction(+ : sum)
  for (std::size_t item = 0; item < count; ++item) sum += spin_us(durations_us[item]);
  const double seconds = watch.seconds();
  if (sum <= 0) throw std::runtime_error("OpenMP's threads computed nothing");
  return seconds;
}

#else

bool has_openmp() noexcept { return false; }
std::string openmp_version() { return {}; }
double openmp_scale_seconds(std::span<const double>, std::span<double>) {
  throw std::logic_error("built without OpenMP");
}
double openmp_spin_seconds(std::span<const double>) {
  throw std::logic_error("built without OpenMP");
}

#endif

}  // namespace forkmap::bench
