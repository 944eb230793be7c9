// SPDX-License-Identifier: Apache-2.0
//
// What waking costs: nothing but a fence while nobody sleeps, a system call when somebody does.
#include <benchmark/benchmark.h>

#include "tests/lane/lane_ends.hpp"

using namespace forkmap;

namespace {

void ring_while_host_is_awake(benchmark::State& state) {
  tests::LaneEnds ends;
  for (auto _ : state) benchmark::DoNotOptimize(ends.doorbell.ring_if_sleeping(ends.words()));
}
BENCHMARK(ring_while_host_is_awake);

void ring_while_host_sleeps(benchmark::State& state) {
  tests::LaneEnds ends;
  for (auto _ : state) {
    lane::announce_host_sleep(ends.words());
    benchmark::DoNotOptimize(ends.doorbell.ring_if_sleeping(ends.words()));
    ends.doorbell.drain();
  }
}
BENCHMARK(ring_while_host_sleeps);

void wake_worker_that_is_awake(benchmark::State& state) {
  tests::LaneEnds ends;
  for (auto _ : state) lane::wake_worker_if_sleeping(ends.words());
}
BENCHMARK(wake_worker_that_is_awake);

}  // namespace
