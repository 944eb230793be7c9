// SPDX-License-Identifier: Apache-2.0
#include "bench/limits/memory.hpp"
#include "bench/peers/python_pools.hpp"
#include "bench/rows/rows.hpp"
#include "bench/run/context.hpp"
#include "bench/run/stopwatch.hpp"

namespace forkmap::bench {

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

// GB/s of an echo, counted in plus out; results are read one by one and dropped.
double echo_rate(Pool& pool,
                 const Function<std::vector<std::byte>(std::span<const std::byte>)>& echo,
                 const std::vector<std::span<const std::byte>>& items) {
  std::size_t bytes = 0;
  const Stopwatch watch;
  for (const std::vector<std::byte>& result : pool.map(echo, items)) bytes += result.size();
  const double seconds = watch.seconds();
  if (bytes != items.size() * items.front().size()) throw std::runtime_error("bytes are missing");
  return 2 * static_cast<double>(bytes) / seconds / 1e9;
}

Plan echo_16_mib(Context& context) {
  const auto pool = make_pool(context, {.workers = 2});
  const auto echo =
      context.function<std::vector<std::byte>(std::span<const std::byte>)>("echo_bytes");
  constexpr std::size_t kSize = 16 * kMiB;
  // Four in turn, together larger than most caches; the peers have the same.
  std::vector<std::vector<std::byte>> blocks;
  for (int number = 0; number < 4; ++number) blocks.emplace_back(kSize, std::byte(number));
  const std::size_t count = context.pick(std::size_t{64}, std::size_t{24});
  Plan plan{
      .what = "bytes of 16 MiB there and back, in plus out, read one by one, 2 workers",
      .unit = "GB/s",
      .better = Better::higher,
      .ours =
          [=, blocks = std::move(blocks)] {
            std::vector<std::span<const std::byte>> items;
            for (std::size_t item = 0; item < count; ++item) {
              items.emplace_back(blocks[item % blocks.size()]);
            }
            return echo_rate(**pool, echo, items);
          },
      .against = {{.name = "memcpy of 16 MiB",
                   .run = [] { return copy_bytes_per_second(kSize, 20) / 1e9; }}},
      .targets = {{Relation::at_least, 3, ""}, {Relation::at_least, 10, "ProcessPoolExecutor"}}};
  constexpr std::size_t kPythonCount = 16;
  for (Opponent& each :
       python_pools(context, {"payload", std::to_string(kSize), std::to_string(kPythonCount)},
                    [](double seconds) { return 2.0 * kPythonCount * kSize / seconds / 1e9; })) {
    plan.against.push_back(std::move(each));
  }
  return plan;
}

}  // namespace

RowDefinitions payload_rows() { return {{"payload-16-mib", echo_16_mib}}; }

}  // namespace forkmap::bench
