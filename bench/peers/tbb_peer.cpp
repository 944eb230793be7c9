// SPDX-License-Identifier: Apache-2.0
#include "bench/peers/tbb_peer.hpp"

#include <stdexcept>

#ifdef FORKMAP_BENCH_TBB
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#include <tbb/version.h>

#include <cstdint>
#include <vector>

#include "bench/plugin/kernels.hpp"
#include "bench/run/stopwatch.hpp"
#endif

namespace forkmap::bench {

#ifdef FORKMAP_BENCH_TBB

namespace {

constexpr int kThreads = 2;

// Threads sleep between runs, and some work wakes them.
template <class Work>
double seconds_of(Work work) {
  tbb::task_arena arena(kThreads);
  arena.execute([] {
    std::vector<double> scratch(1 << 16);
    tbb::parallel_for(std::size_t{0}, scratch.size(), [&](std::size_t i) { scratch[i] = 1; });
  });
  const Stopwatch watch;
  arena.execute(work);
  return watch.seconds();
}

}  // namespace

bool has_tbb() noexcept { return true; }

std::string tbb_version() {
  return std::to_string(TBB_VERSION_MAJOR) + "." + std::to_string(TBB_VERSION_MINOR);
}

double tbb_scale_seconds(std::span<const double> in, std::span<double> out) {
  return seconds_of([&] {
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, in.size()), [&](const auto& range) {
      scale_all(in.subspan(range.begin(), range.size()), out.subspan(range.begin(), range.size()));
    });
  });
}

double tbb_square_tasks_seconds(std::size_t count) {
  std::vector<std::int64_t> squares(count);
  const double seconds = seconds_of([&] {
    tbb::parallel_for(
        tbb::blocked_range<std::size_t>(0, count, 1),
        [&](const auto& range) {
          for (std::size_t item = range.begin(); item != range.end(); ++item) {
            const auto x = static_cast<std::int64_t>(item);
            squares[item] = x * x;
          }
        },
        tbb::simple_partitioner());
  });
  if (count > 3 && squares[3] != 9) throw std::runtime_error("TBB's tasks gave wrong squares");
  return seconds;
}

#else

bool has_tbb() noexcept { return false; }
std::string tbb_version() { return {}; }
double tbb_scale_seconds(std::span<const double>, std::span<double>) {
  throw std::logic_error("built without TBB");
}
double tbb_square_tasks_seconds(std::size_t) { throw std::logic_error("built without TBB"); }

#endif

}  // namespace forkmap::bench
