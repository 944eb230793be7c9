// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include <cstring>
#include <memory>

#include "bench/limits/memory.hpp"
#include "bench/peers/python_pools.hpp"
#include "bench/rows/rows.hpp"
#include "bench/run/context.hpp"
#include "bench/run/stopwatch.hpp"

namespace forkmap::bench {

namespace {

constexpr int kForks = 20;
const Opponent kFork{.name = "fork + exit + wait", .run = [] { return fork_ms(kForks); }};

Plan create_map_end(Context& context) {
  const auto square = context.function<std::int64_t(std::int64_t)>("square");
  const int times = context.pick(100, 10);
  Plan plan{.what = "make a pool of 2 workers, map 5 items, shut down",
            .unit = "ms",
            .ours =
                [&context, square, times] {
                  const Stopwatch watch;
                  for (int time = 0; time < times; ++time) {
                    BenchPool pool(context, {.workers = 2});
                    const auto squares = pool->map(square, {1, 2, 3, 4, 5}).collect();
                    if (squares.back() != 25) throw std::runtime_error("a wrong square");
                  }
                  return watch.ms() / times;
                },
            .against = {kFork},
            .targets = {{Relation::at_most, 2, ""}}};
  for (Opponent& each :
       python_pools(context, {"create"}, [](double seconds) { return seconds * 1e3; })) {
    plan.against.push_back(std::move(each));
  }
  return plan;
}

enum class Part : std::uint8_t { start, stop };

Plan start_or_stop(Context& context, Part part) {
  const int times = context.pick(20, 10);
  return {.what = part == Part::start ? "make a pool of 2 workers, until all are ready"
                                      : "shut an idle pool of 2 workers down",
          .unit = "ms",
          .ours =
              [&context, times, part] {
                double ms = 0;
                for (int time = 0; time < times; ++time) {
                  const Stopwatch start;
                  BenchPool pool(context, {.workers = 2});
                  if (part == Part::start) ms += start.ms();
                  const Stopwatch stop;
                  pool.shutdown();
                  if (part == Part::stop) ms += stop.ms();
                }
                return ms / times;
              },
          .against = {kFork}};
}

using Now = Function<std::tuple<std::int64_t, std::int64_t>(std::int64_t)>;

std::int64_t monotonic_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// Milliseconds from the kill of the only worker to the first item of its successor.
double replacement_ms(Pool& pool, const Now& now) {
  const auto victim = std::get<1>(pool.submit(now, 0).get());
  const std::int64_t killed_ns = monotonic_ns();
  ::kill(static_cast<pid_t>(victim), SIGKILL);
  const auto [ran_ns, pid] = pool.submit(now, 0).get();
  if (pid == victim) throw std::runtime_error("the killed worker took one more item");
  return static_cast<double>(ran_ns - killed_ns) / 1e6;
}

Plan replacement(Context& context) {
  // Disturbed on purpose: not among the pools whose respawns are counted.
  const auto pool = std::make_shared<Pool>(context.registry(), PoolOptions{.workers = 1});
  const auto now = context.function<std::tuple<std::int64_t, std::int64_t>(std::int64_t)>("now");
  constexpr std::size_t kGrowth = std::size_t{1} << 30;
  const std::shared_ptr<std::byte[]> memory(new std::byte[kGrowth]);
  std::memset(memory.get(), 1, kGrowth);
  const int times = context.pick(10, 5);
  return {
      .what = "a worker is killed: until its successor runs an item; the host grew by 1 GiB",
      .unit = "ms",
      .ours =
          [=] {
            double ms = 0;
            for (int time = 0; time < times; ++time) ms += replacement_ms(*pool, now);
            return memory[0] == std::byte{1} ? ms / times : 0;
          },
      .against = {{.name = "fork + exit + wait of such a host", .run = [] { return fork_ms(3); }}},
      .targets = {{Relation::at_most, 2, ""}}};
}

Plan refork(Context& context) {
  const auto spin = context.function<double(double)>("spin");
  const std::size_t items = context.pick(std::size_t{600}, std::size_t{300});
  return {.what = "refork() in the middle of a map of 1 ms items, 2 workers",
          .unit = "ms",
          .ours =
              [=, &context] {
                Pool pool(context.registry(), {.workers = 2});
                auto results = pool.map(spin, std::vector<double>(items, 1000.0));
                std::size_t count = 0;
                double ms = 0;
                for (const double result : results) {
                  if (++count == items / 3) {
                    const Stopwatch watch;
                    pool.refork();
                    ms = watch.ms();
                  }
                  if (result <= 0) throw std::runtime_error("a wrong result");
                }
                if (count != items) throw std::runtime_error("results are missing");
                return ms;
              },
          .against = {kFork}};
}

}  // namespace

RowDefinitions pool_life_rows() {
  return {{"create-map-end", create_map_end},
          {"pool-start", [](Context& context) { return start_or_stop(context, Part::start); }},
          {"pool-stop", [](Context& context) { return start_or_stop(context, Part::stop); }},
          {"replacement", replacement},
          {"refork-under-load", refork}};
}

}  // namespace forkmap::bench
