// SPDX-License-Identifier: Apache-2.0
#include "bench/limits/memory.hpp"
#include "bench/peers/python_pools.hpp"
#include "bench/rows/rows.hpp"
#include "bench/run/context.hpp"
#include "bench/run/stopwatch.hpp"

namespace forkmap::bench {

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

using Items = std::vector<std::span<const std::byte>>;

constexpr std::size_t kSize = 16 * kMiB;
constexpr std::size_t kBlocks = 4;

// The size of a result, whose ends must be those of its item; `before` is that of the ones before.
std::size_t checked_size(std::span<const std::byte> result, std::size_t before) {
  const std::byte wanted{static_cast<unsigned char>(before / kSize % kBlocks)};
  if (result.size() != kSize || result.front() != wanted || result.back() != wanted) {
    throw std::runtime_error("a wrong result");
  }
  return result.size();
}

// The bytes of all results, each dropped when it has been read.
std::size_t read_values(MapResult<std::vector<std::byte>> results) {
  std::size_t bytes = 0;
  for (const std::vector<std::byte>& result : results) bytes += checked_size(result, bytes);
  return bytes;
}
std::size_t read_views(MapResult<std::vector<std::byte>> results) {
  std::size_t bytes = 0;
  for (const std::span<const std::byte> result : std::move(results).views()) {
    bytes += checked_size(result, bytes);
  }
  return bytes;
}

// GB/s of an echo of 16 MiB, counted in plus out.
Plan echo_16_mib(Context& context, std::size_t (*read)(MapResult<std::vector<std::byte>>)) {
  const auto pool = make_pool(context, {.workers = 2});
  const auto echo =
      context.function<std::vector<std::byte>(std::span<const std::byte>)>("echo_bytes");
  // Four in turn, together larger than most caches; the peers have the same.
  std::vector<std::vector<std::byte>> blocks;
  for (std::size_t number = 0; number < kBlocks; ++number)
    blocks.emplace_back(kSize, std::byte(number));
  const std::size_t count = context.pick(std::size_t{64}, std::size_t{24});
  return {.what = "bytes of 16 MiB there and back, in plus out, values read one by one, 2 workers",
          .unit = "GB/s",
          .better = Better::higher,
          .ours =
              [=, blocks = std::move(blocks)] {
                Items items;
                for (std::size_t item = 0; item < count; ++item) {
                  items.emplace_back(blocks[item % blocks.size()]);
                }
                const Stopwatch watch;
                const std::size_t bytes = read((*pool)->map(echo, items));
                const double seconds = watch.seconds();
                if (bytes != count * kSize) throw std::runtime_error("bytes are missing");
                return 2 * static_cast<double>(bytes) / seconds / 1e9;
              },
          .against = {{.name = "memcpy of 16 MiB",
                       .run = [] { return copy_bytes_per_second(kSize, 20) / 1e9; }}}};
}

Plan viewed_16_mib(Context& context) {
  Plan plan = echo_16_mib(context, read_views);
  plan.what = "bytes of 16 MiB there and back, in plus out, views read one by one, 2 workers";
  plan.targets = {{Relation::at_least, 3, ""}, {Relation::at_least, 10, "ProcessPoolExecutor"}};
  constexpr std::size_t kPythonCount = 16;
  for (Opponent& each : python_pools(
           context, {"payload", std::to_string(16 * kMiB), std::to_string(kPythonCount)},
           [](double seconds) { return 2.0 * kPythonCount * 16 * kMiB / seconds / 1e9; })) {
    plan.against.push_back(std::move(each));
  }
  return plan;
}

Plan copied_16_mib(Context& context) {
  Plan plan = echo_16_mib(context, read_values);
  plan.targets = {{Relation::at_least, 3, ""}};
  return plan;
}

}  // namespace

RowDefinitions payload_rows() {
  return {{"payload-16-mib", viewed_16_mib}, {"payload-16-mib-values", copied_16_mib}};
}

}  // namespace forkmap::bench
