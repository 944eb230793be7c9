// SPDX-License-Identifier: Apache-2.0
//
// One thing varied, all else equal: how many items, how many bytes, how many workers.
#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "bench/limits/memory.hpp"
#include "bench/rows/rows.hpp"
#include "bench/run/context.hpp"
#include "bench/run/stopwatch.hpp"

namespace forkmap::bench {

namespace {

using Square = Function<std::int64_t(std::int64_t)>;
using Echo = Function<std::vector<std::byte>(std::span<const std::byte>)>;

// Seconds of a map over numbers that are made while they are asked for, and of reading every
// result.
double square_seconds(Pool& pool, const Square& square, std::int64_t count, MapOptions options) {
  const Stopwatch watch;
  std::int64_t item = 0;
  for (const std::int64_t result :
       pool.map(square, std::views::iota(std::int64_t{0}, count), options)) {
    if (result != item * item) throw std::runtime_error("a wrong square");
    ++item;
  }
  if (item != count) throw std::runtime_error("results are missing");
  return watch.seconds();
}

Plan items_row(Context& context, std::int64_t count) {
  const auto pool = make_pool(context, {.workers = 2});
  const auto square = context.function<std::int64_t(std::int64_t)>("square");
  // Short ones are repeated, so that a run takes some milliseconds.
  const std::int64_t times = std::max(std::int64_t{1}, std::int64_t{1'000'000} / count);
  return {.what = fmt::format("cost per item of map(square) over {} items, read one by one", count),
          .unit = "ns",
          .ours = [=] {
            double seconds = 0;
            for (std::int64_t time = 0; time < times; ++time) {
              seconds += square_seconds(**pool, square, count, {});
            }
            return seconds * 1e9 / static_cast<double>(times * count);
          }};
}

std::string size_text(std::size_t bytes) {
  if (bytes >= (1U << 20)) return fmt::format("{} MiB", bytes >> 20);
  if (bytes >= (1U << 10)) return fmt::format("{} KiB", bytes >> 10);
  return fmt::format("{} B", bytes);
}

Plan payload_row(Context& context, std::size_t size) {
  const auto pool = make_pool(context, {.workers = 2});
  const auto echo =
      context.function<std::vector<std::byte>(std::span<const std::byte>)>("echo_bytes");
  const std::size_t bytes_aim = context.pick(std::size_t{512}, std::size_t{128}) << 20;
  const std::size_t count = std::clamp(bytes_aim / size, std::size_t{4}, std::size_t{1'000'000});
  const std::vector<std::byte> block(size, std::byte{7});
  return {
      .what = fmt::format("bytes of {} there and back, in plus out, 2 workers", size_text(size)),
      .unit = "GB/s",
      .better = Better::higher,
      .ours =
          [=] {
            const std::vector<std::span<const std::byte>> items(count, block);
            std::size_t bytes = 0;
            const Stopwatch watch;
            for (const auto& result : (*pool)->map(echo, items)) bytes += result.size();
            if (bytes != count * size) throw std::runtime_error("bytes are missing");
            return 2 * static_cast<double>(bytes) / watch.seconds() / 1e9;
          },
      .against = {
          {.name = "memcpy", .run = [=] { return copy_bytes_per_second(size, count) / 1e9; }}}};
}

// What more workers than processors must still reach. With one item a task, sixteen workers on two
// processors are switched between all the time.
constexpr double kNoCollapse = 1.0 / 3;

Plan workers_row(Context& context, int workers, std::size_t chunk) {
  const auto square = context.function<std::int64_t(std::int64_t)>("square");
  const std::int64_t full = chunk == 1 ? 500'000 : 20'000'000;
  const std::int64_t count = context.settings().quick ? full / 4 : full;
  const auto rate_of = [&context, square, chunk, count](int number) {
    const auto pool = make_pool(context, {.workers = number});
    return [=] {
      const double seconds = square_seconds(**pool, square, count, {.chunk = chunk});
      return static_cast<double>(count) / seconds / 1e6;
    };
  };
  Plan plan{.what = fmt::format("map(square), {}, {} worker{} on {} processors",
                                chunk == 1 ? "one item a task" : "automatic chunks", workers,
                                workers == 1 ? "" : "s", default_workers()),
            .unit = "M items/s",
            .better = Better::higher,
            .ours = rate_of(workers)};
  if (workers > 2) {
    plan.against = {{.name = "2 workers", .kind = Kind::itself, .run = rate_of(2)}};
    plan.targets = {{Relation::at_least, kNoCollapse, "2 workers"}};
  }
  return plan;
}

}  // namespace

RowDefinitions size_sweep_rows() {
  RowDefinitions rows;
  for (std::int64_t count = 1000; count <= 100'000'000; count *= 10) {
    rows.push_back({fmt::format("items-{}", count), [count](Context& context) {
                      return items_row(context, context.settings().quick
                                                    ? std::min(count, std::int64_t{10'000'000})
                                                    : count);
                    }});
  }
  constexpr std::size_t kSizes[] = {8,          64,       512,       4096,     32U << 10,
                                    256U << 10, 2U << 20, 16U << 20, 64U << 20};
  for (const std::size_t size : kSizes) {
    std::string name = fmt::format("payload-sweep-{}", size_text(size));
    std::ranges::replace(name, ' ', '-');
    rows.push_back({name, [size](Context& context) { return payload_row(context, size); }});
  }
  for (const int workers : {1, 2, 3, 4, 8, 16}) {
    rows.push_back({fmt::format("workers-{}", workers),
                    [workers](Context& context) { return workers_row(context, workers, 0); }});
    rows.push_back({fmt::format("workers-{}-chunk-1", workers),
                    [workers](Context& context) { return workers_row(context, workers, 1); }});
  }
  return rows;
}

}  // namespace forkmap::bench
