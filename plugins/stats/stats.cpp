// SPDX-License-Identifier: Apache-2.0
//
// stats: mean and deviation of an array. Shows a preload hook and a parameter: the divisors of the
// deviation are computed once a pool and shared by its workers; and a vectorized function, whose
// loop the compiler turns into instructions for several items at a time.
//
// --param deviation=sample      sqrt(sum of squares / (n - 1)), the default
//                   population  sqrt(sum of squares / n)
//                   unbiased    the sample deviation / c4(n), which makes it unbiased for normally
//                               distributed values (E. S. Pearson's control chart constant)
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <forkmap/plugin.hpp>

namespace {

constexpr std::size_t kTableSize = 4096;

std::string deviation_kind;
std::vector<double> divisors;  // [n], for n values

double divisor(std::size_t n) {
  const auto count = static_cast<double>(n);
  if (deviation_kind == "population") return std::sqrt(count);
  if (deviation_kind == "sample") return std::sqrt(count - 1);
  const double c4 =
      std::sqrt(2 / (count - 1)) * std::exp(std::lgamma(count / 2) - std::lgamma((count - 1) / 2));
  return std::sqrt(count - 1) * c4;
}

void build_table() {
  deviation_kind = forkmap::parameter("deviation").value_or("sample");
  if (deviation_kind != "sample" && deviation_kind != "population" &&
      deviation_kind != "unbiased") {
    throw std::invalid_argument("deviation is sample, population or unbiased, not " +
                                deviation_kind);
  }
  divisors.assign(kTableSize, 0);
  for (std::size_t n = 1; n < kTableSize; ++n) divisors[n] = divisor(n);
}

std::tuple<double, double> mean_deviation(std::span<const double> values) {
  const std::size_t least = deviation_kind == "population" ? 1 : 2;
  if (values.size() < least) {
    throw std::invalid_argument("the " + deviation_kind + " deviation needs at least " +
                                std::to_string(least) + " values");
  }
  const double mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double scale =
      values.size() < kTableSize ? divisors[values.size()] : divisor(values.size());
  return {mean, std::sqrt(squares) / scale};
}

// Called for many items at once. Where one of them is refused it is called again for each alone.
void z_score(std::span<const double> x, std::span<const double> mean,
             std::span<const double> deviation, std::span<double> z) {
  bool is_good = true;
  for (std::size_t i = 0; i < x.size(); ++i) {
    is_good &= deviation[i] > 0;
    z[i] = (x[i] - mean[i]) / deviation[i];
  }
  if (!is_good) throw std::domain_error("a deviation must be above 0");
}

}  // namespace

FORKMAP_PLUGIN("stats", "1.0",
               forkmap::function<mean_deviation>("mean_deviation",
                                                 "Return mean and standard deviation."),
               forkmap::vectorized<z_score>("z_score",
                                            "Return (value - mean) / deviation of three numbers."),
               forkmap::preload<build_table>())
