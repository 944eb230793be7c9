// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "bench/limits/ping_pong.hpp"
#include "bench/peers/python_pools.hpp"
#include "bench/rows/rows.hpp"
#include "bench/run/context.hpp"
#include "bench/run/processor.hpp"
#include "bench/run/stopwatch.hpp"

namespace forkmap::bench {

namespace {

constexpr Places kFree{kAnywhere, kAnywhere};
constexpr Places kPinned{0, 1};
constexpr const char* kCacheLine = "cache-line ping-pong";
constexpr const char* kEventfd = "futex down, eventfd + poll up";

using Square = Function<std::int64_t(std::int64_t)>;

// What a cache line costs between two virtual processors changes with the real ones that they are
// given, several times a minute and by a factor of six. Many short rounds put both measurements of
// a round on the same ones.
constexpr int kShortRounds = 15;

// Microseconds of submit().get(), one after the other.
double tight_loop_us(Pool& pool, const Square& square, int trips) {
  const Stopwatch watch;
  for (std::int64_t item = 0; item < trips; ++item) (void)pool.submit(square, item).get();
  return watch.seconds() * 1e6 / trips;
}

Plan awake(Context& context, Places places) {
  const auto pool =
      make_pool(context, {.workers = 1, .worker_start = [places] { pin_to(places.second); }});
  const auto square = context.function<std::int64_t(std::int64_t)>("square");
  const int trips = context.pick(100'000, 30'000);
  Plan plan{
      .what = places.first == kAnywhere
                  ? "submit().get() of one square after the other, 1 worker"
                  : "submit().get() in a tight loop, host and worker each pinned to a processor",
      .unit = "us",
      .ours =
          [=] {
            const Pinned pinned(places.first);
            (void)tight_loop_us(**pool, square, trips / 4);  // until both are awake, and apart
            return tight_loop_us(**pool, square, trips);
          },
      .against = {{.name = kCacheLine,
                   .run = [=] { return cache_line_ping_pong_us(trips, places); }},
                  {.name = "futex ping-pong",
                   .run = [=] { return futex_ping_pong_us(trips / 20, places); }}},
      .rounds = kShortRounds};
  if (places.first == kAnywhere) {
    plan.targets = {{Relation::at_most, 4, kCacheLine}};
    constexpr int kPythonTrips = 500;
    for (Opponent& each :
         python_pools(context, {"round-trip", std::to_string(kPythonTrips)},
                      [](double seconds) { return seconds * 1e6 / kPythonTrips; })) {
      each.rounds = context.settings().rounds;
      plan.against.push_back(std::move(each));
    }
  }
  return plan;
}

// Before each trip the host sleeps, long enough for the worker to have gone to sleep.
constexpr int kPauseUs = 400;

Plan asleep(Context& context) {
  const auto pool =
      make_pool(context, {.workers = 1, .worker_start = [] { pin_to(kPinned.second); }});
  const auto square = context.function<std::int64_t(std::int64_t)>("square");
  const int trips = context.pick(1000, 400);
  return {
      .what = "submit().get() with both ends asleep before, each pinned to a processor",
      .unit = "us",
      .ours =
          [=] {
            const Pinned pinned(kPinned.first);
            double seconds = 0;
            for (std::int64_t item = 0; item < trips; ++item) {
              std::this_thread::sleep_for(std::chrono::microseconds(kPauseUs));
              const Stopwatch watch;
              (void)(*pool)->submit(square, item).get();
              seconds += watch.seconds();
            }
            return seconds * 1e6 / trips;
          },
      .against = {{.name = kEventfd,
                   .run = [=] { return futex_eventfd_ping_pong_us(trips, kPauseUs, kPinned); }}},
      .targets = {{Relation::at_most, 1.3, kEventfd}}};
}

}  // namespace

RowDefinitions round_trip_rows() {
  return {{"round-trip-awake", [](Context& context) { return awake(context, kFree); }},
          {"round-trip-pinned", [](Context& context) { return awake(context, kPinned); }},
          {"round-trip-asleep", asleep}};
}

}  // namespace forkmap::bench
