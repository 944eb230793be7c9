// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "bench/peers/openmp_peer.hpp"
#include "bench/plugin/spin.hpp"
#include "bench/rows/rows.hpp"
#include "bench/run/context.hpp"
#include "bench/run/stopwatch.hpp"

namespace forkmap::bench {

namespace {

using Spin = Function<double(double)>;

// Seconds of a map of spinning items.
double map_seconds(Pool& pool, const Spin& spin, const std::vector<double>& durations_us) {
  const Stopwatch watch;
  const std::vector<double> results = pool.map(spin, durations_us).collect();
  const double seconds = watch.seconds();
  if (results.size() != durations_us.size()) throw std::runtime_error("results are missing");
  return seconds;
}

Plan one_ms(Context& context) {
  const auto pool = make_pool(context, {.workers = 2});
  const auto spin = context.function<double(double)>("spin");
  const std::vector<double> items(context.pick(std::size_t{10'000}, std::size_t{1000}), 1000.0);
  const std::size_t serial_items = items.size() / 10;
  Plan plan{
      .what = "a function that computes for 1 ms, 2 workers",
      .unit = "items/s",
      .better = Better::higher,
      .ours = [=] { return static_cast<double>(items.size()) / map_seconds(**pool, spin, items); },
      .against = {{.name = "2 x serial loop",
                   .run =
                       [=] {
                         double sum = 0;
                         const Stopwatch watch;
                         for (std::size_t item = 0; item < serial_items; ++item) {
                           sum += spin_us(items[item]);
                         }
                         asm volatile("" : : "r"(&sum) : "memory");
                         return 2 * static_cast<double>(serial_items) / watch.seconds();
                       }}},
      .targets = {{Relation::at_least, 0.98, "2 x serial loop"}},
      .warm_ups = 0};
  if (has_openmp() && context.settings().peers) {
    plan.against.push_back({.name = "OpenMP parallel for, dynamic",
                            .version = openmp_version(),
                            .kind = Kind::peer,
                            .run = [=] {
                              const std::span<const double> some(items.data(), serial_items);
                              return static_cast<double>(some.size()) / openmp_spin_seconds(some);
                            }});
  }
  return plan;
}

enum class Order : std::uint8_t { random, ascending };

// Log-normal, cut to 0.1 to 100 ms, the same in every run; scaled to a mean of 10 ms.
std::vector<double> uneven_us(std::size_t count, Order order) {
  std::mt19937_64 generator(20);
  std::lognormal_distribution<double> draw(0, 1.3);
  std::vector<double> shape(count);
  for (double& each : shape) each = draw(generator);
  std::vector<double> durations(count);
  constexpr double kMeanUs = 10'000;
  double scale = kMeanUs / 2.3;
  for (int step = 0; step < 20; ++step) {
    std::ranges::transform(shape, durations.begin(), [scale](double each) {
      return std::clamp(each * scale, 100.0, 100'000.0);
    });
    const double mean =
        std::accumulate(durations.begin(), durations.end(), 0.0) / static_cast<double>(count);
    scale *= kMeanUs / mean;
  }
  if (order == Order::ascending) std::ranges::sort(durations);
  return durations;
}

Plan uneven(Context& context, Order order) {
  const auto pool = make_pool(context, {.workers = 2});
  const auto spin = context.function<double(double)>("spin");
  const std::size_t count = context.pick(std::size_t{2000}, std::size_t{300});
  const std::vector<double> durations = uneven_us(count, order);
  const double sum = std::accumulate(durations.begin(), durations.end(), 0.0);
  const double ideal_s = std::max(sum / 2, *std::ranges::max_element(durations)) / 1e6;
  Plan plan{.what = std::to_string(count) +
                    (order == Order::random
                         ? " items, log-normal from 0.1 to 100 ms, in random order"
                         : " items, log-normal from 0.1 to 100 ms, in ascending order"),
            .unit = "of ideal",
            .better = Better::higher,
            .ours = [=] { return ideal_s / map_seconds(**pool, spin, durations); },
            .targets = {{Relation::at_least, 0.97, ""}},
            .warm_ups = 0};
  if (has_openmp() && context.settings().peers) {
    plan.against.push_back({.name = "OpenMP parallel for, dynamic",
                            .version = openmp_version(),
                            .kind = Kind::peer,
                            .run = [=] { return ideal_s / openmp_spin_seconds(durations); }});
  }
  return plan;
}

}  // namespace

RowDefinitions long_item_rows() {
  return {{"one-ms", one_ms},
          {"uneven-random", [](Context& context) { return uneven(context, Order::random); }},
          {"uneven-ascending", [](Context& context) { return uneven(context, Order::ascending); }}};
}

}  // namespace forkmap::bench
