// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "bench/limits/memory.hpp"
#include "bench/peers/python_pools.hpp"
#include "bench/peers/tbb_peer.hpp"
#include "bench/plugin/kernels.hpp"
#include "bench/rows/rows.hpp"
#include "bench/run/context.hpp"
#include "bench/run/rate.hpp"
#include "bench/run/stopwatch.hpp"

namespace forkmap::bench {

namespace {

Plan chunk_1(Context& context) {
  const auto pool = make_pool(context, {.workers = 2});
  const auto square = context.function<std::int64_t(std::int64_t)>("square");
  std::vector<std::int64_t> items(context.pick(std::size_t{2'000'000}, std::size_t{500'000}));
  std::iota(items.begin(), items.end(), 0);
  const std::size_t count = items.size();

  Plan plan{.what = "map(square) with one item a task, 2 workers",
            .unit = "M items/s",
            .better = Better::higher,
            .ours = [=, items = std::move(items)] {
              const Stopwatch watch;
              const auto squares = (*pool)->map(square, items, {.chunk = 1}).collect();
              const double seconds = watch.seconds();
              if (squares.back() != items.back() * items.back()) {
                throw std::runtime_error("a wrong square");
              }
              return million_per_second(items.size(), seconds);
            }};
  if (has_tbb()) {
    plan.against.push_back(
        {.name = "TBB tasks", .version = tbb_version(), .kind = Kind::peer, .run = [=] {
           return million_per_second(count, tbb_square_tasks_seconds(count));
         }});
  }
  constexpr std::size_t kPythonItems = 10'000;
  for (Opponent& each :
       python_pools(context, {"chunk-1", std::to_string(kPythonItems)},
                    [](double seconds) { return million_per_second(kPythonItems, seconds); })) {
    plan.against.push_back(std::move(each));
  }
  plan.targets = {{Relation::at_least, 8, ""}, {Relation::at_least, 100, kFastestPython}};
  return plan;
}

// What map_into and map().collect() are held against.
std::vector<Opponent> limits_of_copies(Context& context, const std::vector<double>& in) {
  std::vector<Opponent> against = {
      {.name = "serial loop",
       .run =
           [in] {
             std::vector<double> out(in.size());
             const Stopwatch watch;
             for (std::size_t item = 0; item < in.size(); ++item) out[item] = scale(in[item]);
             asm volatile("" : : "r"(out.data()) : "memory");
             return million_per_second(in.size(), watch.seconds());
           }},
      {.name = "two copies (memcpy)", .run = [in] {
         const double seconds_per_byte = 1 / copy_bytes_per_second(in.size() * sizeof(double), 3);
         return million_per_second(
             in.size(), 2 * seconds_per_byte * static_cast<double>(in.size() * sizeof(double)));
       }}};
  const auto count = context.pick(std::size_t{1'000'000}, std::size_t{300'000});
  for (Opponent& each :
       python_pools(context, {"best-chunk", std::to_string(count)},
                    [count](double seconds) { return million_per_second(count, seconds); })) {
    against.push_back(std::move(each));
  }
  return against;
}

std::vector<double> numbers(Context& context) {
  std::vector<double> items(context.pick(std::size_t{20'000'000}, std::size_t{5'000'000}));
  std::iota(items.begin(), items.end(), 0.0);
  return items;
}

Plan private_vectors(Context& context) {
  const auto pool = make_pool(context, {.workers = 2});
  const auto function = context.function<double(double)>("scale");
  const std::vector<double> in = numbers(context);
  const auto out = std::make_shared<std::vector<double>>(in.size());
  return {.what = "map_into(f64 -> f64) between private vectors, automatic chunks, 2 workers",
          .unit = "M items/s",
          .better = Better::higher,
          .ours =
              [=] {
                const Stopwatch watch;
                const auto errors = (*pool)->map_into(*out, function, in);
                const double seconds = watch.seconds();
                if (!errors.empty() || out->back() != scale(in.back())) {
                  throw std::runtime_error("a wrong result");
                }
                return million_per_second(in.size(), seconds);
              },
          .against = limits_of_copies(context, in),
          .targets = {{Relation::at_least, 300, ""}, {Relation::at_least, 50, kFastestPython}}};
}

Plan collected(Context& context) {
  const auto pool = make_pool(context, {.workers = 2});
  const auto function = context.function<double(double)>("scale");
  const std::vector<double> in = numbers(context);
  return {.what = "map(f64 -> f64).collect() from a private vector into a new one",
          .unit = "M items/s",
          .better = Better::higher,
          .ours = [=] {
            const Stopwatch watch;
            const std::vector<double> out = (*pool)->map(function, in).collect();
            const double seconds = watch.seconds();
            if (out.back() != scale(in.back())) throw std::runtime_error("a wrong result");
            return million_per_second(in.size(), seconds);
          }};
}

}  // namespace

RowDefinitions small_item_rows() {
  return {
      {"chunk-1", chunk_1}, {"private-vectors", private_vectors}, {"private-collect", collected}};
}

}  // namespace forkmap::bench
