// SPDX-License-Identifier: Apache-2.0
//
// Items of 0 to 10 ms: automatic chunks against the best fixed chunk, which is searched for first.
#include <fmt/format.h>

#include <algorithm>

#include "bench/rows/rows.hpp"
#include "bench/run/context.hpp"
#include "bench/run/stopwatch.hpp"

namespace forkmap::bench {

namespace {

constexpr const char* kBestChunk = "best fixed chunk";

struct Work {
  double item_us;  // 0: a square
  std::size_t items;
};

double seconds_with(Pool& pool, const Function<double(double)>& function,
                    const std::vector<double>& items, std::size_t chunk) {
  const Stopwatch watch;
  const std::vector<double> results = pool.map(function, items, {.chunk = chunk}).collect();
  const double seconds = watch.seconds();
  if (results.size() != items.size()) throw std::runtime_error("results are missing");
  return seconds;
}

// The best of two runs for each, so that one disturbance does not decide.
std::size_t search_best_chunk(Pool& pool, const Function<double(double)>& function,
                              const std::vector<double>& items) {
  std::size_t best_chunk = 1;
  double best_seconds = 0;
  for (std::size_t chunk = 1; chunk <= 65'536; chunk *= 4) {
    if (chunk * 2 > items.size()) break;  // one worker would have nothing
    if (chunk == 1 && items.size() > 1'000'000) continue;
    const double seconds = std::min(seconds_with(pool, function, items, chunk),
                                    seconds_with(pool, function, items, chunk));
    if (best_seconds != 0 && seconds >= best_seconds) continue;
    best_seconds = seconds;
    best_chunk = chunk;
  }
  return best_chunk;
}

Plan chunk_row(Context& context, Work work) {
  const auto pool = make_pool(context, {.workers = 2});
  const auto function = context.function<double(double)>(work.item_us == 0 ? "square_f64" : "spin");
  const std::vector<double> items(context.settings().quick ? work.items / 4 : work.items,
                                  work.item_us);
  const std::size_t best = search_best_chunk(**pool, function, items);
  const auto cost_us = [=](std::size_t chunk) {
    return seconds_with(**pool, function, items, chunk) * 1e6 / static_cast<double>(items.size());
  };
  return {.what = fmt::format("cost per item of {} items of {:g} us, automatic chunks, 2 workers",
                              items.size(), work.item_us),
          .unit = "us",
          .ours = [=] { return cost_us(0); },
          .against = {{.name = kBestChunk,
                       .version = fmt::format("({} items)", best),
                       .kind = Kind::itself,
                       .run = [=] { return cost_us(best); }}},
          .targets = {{Relation::at_most, 1.05, kBestChunk}}};
}

}  // namespace

RowDefinitions chunk_sweep_rows() {
  RowDefinitions rows;
  constexpr Work kWorks[] = {{0, 20'000'000}, {1, 400'000}, {10, 40'000},
                             {100, 8000},     {1000, 1000}, {10'000, 100}};
  for (const Work work : kWorks) {
    rows.push_back({fmt::format("chunks-{:g}-us", work.item_us),
                    [work](Context& context) { return chunk_row(context, work); }});
  }
  return rows;
}

}  // namespace forkmap::bench
