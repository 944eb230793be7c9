// SPDX-License-Identifier: Apache-2.0
//
// Both ends of a lane in one thread: the operations without the traffic between cores.
#include <benchmark/benchmark.h>

#include "tests/lane/lane_ends.hpp"

using namespace forkmap;

namespace {

constexpr lane::LaneShape kShape{64, lane::kMinWindowBytes};

// One task all the way: pushed, claimed, completed, published, collected.
void lane_whole_task(benchmark::State& state) {
  tests::LaneEnds ends(kShape);
  std::uint64_t tag = 0;
  for (auto _ : state) {
    ends.push(++tag);
    if (!ends.work_once() || ends.collect() != tag) state.SkipWithError("a task got lost");
  }
}
BENCHMARK(lane_whole_task);

// The parts, each for a ring's worth of tasks; the time is that of one.
enum class Step { push, work, collect };

void lane_step(benchmark::State& state, Step step) {
  tests::LaneEnds ends(kShape);
  const std::uint32_t tasks = kShape.cells;
  for (auto _ : state) {
    if (step != Step::push) state.PauseTiming();
    for (std::uint32_t task = 0; task < tasks; ++task) ends.push(task);
    if (step == Step::push) state.PauseTiming();
    if (step == Step::work) state.ResumeTiming();
    for (std::uint32_t task = 0; task < tasks; ++task) benchmark::DoNotOptimize(ends.work_once());
    if (step == Step::work) state.PauseTiming();
    if (step == Step::collect) state.ResumeTiming();
    for (std::uint32_t task = 0; task < tasks; ++task) benchmark::DoNotOptimize(ends.collect());
    if (step != Step::collect) state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * tasks);
}
BENCHMARK_CAPTURE(lane_step, push, Step::push);
BENCHMARK_CAPTURE(lane_step, take_and_complete, Step::work);
BENCHMARK_CAPTURE(lane_step, collect, Step::collect);

void lane_take_back(benchmark::State& state) {
  tests::LaneEnds ends(kShape);
  for (auto _ : state) {
    ends.push(1);
    benchmark::DoNotOptimize(ends.host.take_back_newest());
    benchmark::DoNotOptimize(ends.worker.try_claim());  // steps over it
    benchmark::DoNotOptimize(ends.collect());
  }
}
BENCHMARK(lane_take_back);

}  // namespace
