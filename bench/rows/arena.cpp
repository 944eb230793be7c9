// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "bench/limits/memory.hpp"
#include "bench/peers/openmp_peer.hpp"
#include "bench/peers/tbb_peer.hpp"
#include "bench/plugin/kernels.hpp"
#include "bench/rows/rows.hpp"
#include "bench/run/context.hpp"
#include "bench/run/rate.hpp"
#include "bench/run/stopwatch.hpp"

namespace forkmap::bench {

namespace {

constexpr const char* kTbb = "TBB parallel_for";

// A pool with an array for the input and one for the output.
struct Arrays {
  Arrays(Context& context, std::size_t count)
      : pool(context, {.workers = 2}),
        in(pool->array<double>(count)),
        out(pool->array<double>(count)) {
    std::iota(in.begin(), in.end(), 0.0);
  }
  BenchPool pool;
  Array<double> in;
  Array<double> out;

  double run(const Function<double(double)>& function) {
    const Stopwatch watch;
    const auto errors = pool->map_into(out, function, in);
    const double seconds = watch.seconds();
    if (!errors.empty() || out[out.size() - 1] != scale(in[in.size() - 1])) {
      throw std::runtime_error("a wrong result");
    }
    return million_per_second(in.size(), seconds);
  }
};

std::vector<Opponent> threads(const std::shared_ptr<Arrays>& arrays) {
  std::vector<Opponent> against;
  const std::size_t count = arrays->in.size();
  if (has_tbb()) {
    against.push_back({.name = kTbb, .version = tbb_version(), .kind = Kind::peer, .run = [=] {
                         (void)tbb_scale_seconds(arrays->in, arrays->out);
                         return million_per_second(count,
                                                   tbb_scale_seconds(arrays->in, arrays->out));
                       }});
  }
  if (has_openmp()) {
    against.push_back({.name = "OpenMP parallel for",
                       .version = openmp_version(),
                       .kind = Kind::peer,
                       .run = [=] {
                         (void)openmp_scale_seconds(arrays->in, arrays->out);
                         return million_per_second(count,
                                                   openmp_scale_seconds(arrays->in, arrays->out));
                       }});
  }
  return against;
}

std::size_t item_count(Context& context) {
  return context.pick(std::size_t{20'000'000}, std::size_t{10'000'000});
}

Plan warm(Context& context, const char* name, const char* what, double bound) {
  const auto arrays = std::make_shared<Arrays>(context, item_count(context));
  const auto function = context.function<double(double)>(name);
  return {.what = what,
          .unit = "M items/s",
          .better = Better::higher,
          .ours = [=] { return arrays->run(function); },
          .against = threads(arrays),
          .targets = {{Relation::at_least, bound, kTbb}},
          .warm_ups = 3};
}

// A new pool with new arrays for each run; what is compared with is warm.
Plan first_pass(Context& context, double bound) {
  const std::size_t count = item_count(context);
  const auto function = context.function<double(double)>("scale_all");
  return {.what =
              "map_into(f64 -> f64, vectorized) in the arena, first pass of a new pool; others are "
              "warm",
          .unit = "M items/s",
          .better = Better::higher,
          .ours = [&context, count, function] { return Arrays(context, count).run(function); },
          .against = threads(std::make_shared<Arrays>(context, count)),
          .targets = {{Relation::at_least, bound, kTbb}},
          .warm_ups = 0};
}

Plan first_touch(Context& context) {
  constexpr std::size_t kPages = 16'384;
  constexpr std::size_t kInPage = 4096 / sizeof(double);
  return {.what = "one page of 4 KiB touched by the host for the first time, in a new array",
          .unit = "ns",
          .ours =
              [&context] {
                BenchPool pool(context, {.workers = 1});
                const Stopwatch watch;
                Array<double> array = pool->array<double>(kPages * kInPage);
                for (std::size_t page = 0; page < kPages; ++page) array[page * kInPage] = 1;
                return watch.seconds() * 1e9 / kPages;
              },
          .against = {
              {.name = "page of a memfd", .run = [] { return shared_fault_ns(kPages); }},
              {.name = "page of private memory", .run = [] { return private_fault_ns(kPages); }}}};
}

}  // namespace

RowDefinitions arena_rows() {
  return {
      {"arena-vectorized",
       [](Context& context) {
         return warm(context, "scale_all",
                     "map_into(f64 -> f64, vectorized) over arrays of the arena, warm, 2 workers",
                     0.85);
       }},
      {"arena-per-item",
       [](Context& context) {
         return warm(context, "scale",
                     "map_into(f64 -> f64, item by item) over arrays of the arena, warm, 2 workers",
                     0.5);
       }},
      {"arena-first-pass", [](Context& context) { return first_pass(context, 0.5); }},
      {"arena-first-touch", first_touch}};
}

}  // namespace forkmap::bench
