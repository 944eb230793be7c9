// SPDX-License-Identifier: Apache-2.0
//
// Finding a function: by its number, as a worker does for each task, and by its name, as a program
// does once.
#include <benchmark/benchmark.h>

#include <forkmap/registry.hpp>
#include <string>

#include "core/plugin/registry_table.hpp"

namespace {

void fill(forkmap::Registry& registry, int functions) {
  for (int number = 0; number < functions; ++number) {
    (void)registry.add("function" + std::to_string(number), [](std::int64_t x) { return x + 1; });
  }
}

void find_by_number(benchmark::State& state) {
  forkmap::Registry registry;
  const auto count = static_cast<std::uint32_t>(state.range(0));
  fill(registry, static_cast<int>(count));
  std::uint32_t number = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(registry.table().find(number));
    number = number + 1 == count ? 0 : number + 1;
  }
}
BENCHMARK(find_by_number)->Arg(8)->Arg(1024);

void find_by_name(benchmark::State& state) {
  forkmap::Registry registry;
  fill(registry, static_cast<int>(state.range(0)));
  const std::string name = "function" + std::to_string(state.range(0) / 2);
  for (auto _ : state) {
    benchmark::DoNotOptimize(registry.function<std::int64_t(std::int64_t)>(name));
  }
}
BENCHMARK(find_by_name)->Arg(8)->Arg(1024);

}  // namespace

BENCHMARK_MAIN();
