// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <ctime>
#include <ranges>
#include <thread>

#include "bench/rows/rows.hpp"
#include "bench/run/context.hpp"
#include "bench/run/process_facts.hpp"
#include "bench/run/stopwatch.hpp"

namespace forkmap::bench {

namespace {

using namespace std::chrono_literals;

std::uint64_t cpu_ns_of_team(Pool& pool) {
  std::uint64_t sum = 0;
  pid_t zygote = 0;
  for (const WorkerInfo& worker : pool.workers()) {
    sum += cpu_ns_of(worker.pid);
    zygote = parent_of(worker.pid);
  }
  return sum + cpu_ns_of(zygote);
}

Plan idle(Context& context) {
  const auto pool = make_pool(context, {.workers = 2});
  const auto square = context.function<std::int64_t(std::int64_t)>("square");
  const auto pause = context.pick(1000ms, 300ms);
  return {.what = "processor time of zygote and 2 workers while the pool is idle",
          .unit = "us/s",
          .ours =
              [=] {
                const auto items = std::views::iota(std::int64_t{0}, std::int64_t{100'000});
                (void)(*pool)->map(square, items).collect();
                std::this_thread::sleep_for(100ms);
                const std::uint64_t before_ns = cpu_ns_of_team(**pool);
                std::this_thread::sleep_for(pause);
                const std::uint64_t used_ns = cpu_ns_of_team(**pool) - before_ns;
                return static_cast<double>(used_ns) / 1e3 /
                       std::chrono::duration<double>(pause).count();
              },
          .targets = {{Relation::at_most, 0, ""}}};
}

double process_cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

Plan host(Context& context) {
  const auto pool = make_pool(context, {.workers = 2});
  const auto spin = context.function<double(double)>("spin");
  const std::vector<double> items(context.pick(std::size_t{200}, std::size_t{60}), 10'000.0);
  return {.what = "processor time of the host while 2 workers run items of 10 ms",
          .unit = "%",
          .ours =
              [=] {
                const Stopwatch watch;
                const double before_s = process_cpu_seconds();
                (void)(*pool)->map(spin, items).collect();
                return 100 * (process_cpu_seconds() - before_s) / watch.seconds();
              },
          .targets = {{Relation::at_most, 1, ""}}};
}

std::uint64_t resident_bytes_of_team(Pool& pool) {
  std::uint64_t sum = resident_bytes_of(::getpid());
  for (const WorkerInfo& worker : pool.workers()) sum += resident_bytes_of(worker.pid);
  return sum;
}

Plan memory(Context& context) {
  const auto pool = make_pool(context, {.workers = 2});
  const auto square = context.function<std::int64_t(std::int64_t)>("square");
  const std::int64_t count = context.pick(std::int64_t{100'000'000}, std::int64_t{10'000'000});
  return {.what = "growth of host and workers from the first tenth to the end of " +
                  std::to_string(count) + " items",
          .unit = "MiB",
          .ours =
              [=] {
                std::int64_t done = 0;
                std::uint64_t before = 0;
                std::uint64_t largest = 0;
                for (const std::int64_t result :
                     (*pool)->map(square, std::views::iota(std::int64_t{0}, count))) {
                  if (result != done * done) throw std::runtime_error("a wrong square");
                  if (++done % (count / 10) != 0) continue;
                  const std::uint64_t now = resident_bytes_of_team(**pool);
                  if (before == 0) before = now;
                  largest = std::max(largest, now);
                }
                return static_cast<double>(largest - before) / (1 << 20);
              },
          .targets = {{Relation::at_most, 2, ""}},
          .warm_ups = 0};
}

// Over all rows so far.
Plan rescues(Context& context) {
  return {.what = "lost wake-ups in the pools of all rows that are not disturbed on purpose",
          .unit = "rescues",
          .ours =
              [&context] {
                return static_cast<double>(context.account.rescues + context.account.respawns);
              },
          .targets = {{Relation::at_most, 0, ""}},
          .note =
              [&context] {
                return std::to_string(context.account.pools) +
                       " pools; workers replaced: " + std::to_string(context.account.respawns);
              },
          .warm_ups = 0,
          .rounds = 1};
}

}  // namespace

RowDefinitions quiet_rows() {
  return {{"idle-cpu", idle}, {"host-cpu", host}, {"memory-growth", memory}};
}

RowDefinitions rescue_rows() { return {{"rescues", rescues, true}}; }

}  // namespace forkmap::bench
