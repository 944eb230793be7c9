// SPDX-License-Identifier: Apache-2.0
//
// The scene that shows the workers' pids: each item's function prints the pid of its process.
#include <poll.h>

#include <chrono>
#include <forkmap/pool.hpp>
#include <forkmap/registry.hpp>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "host/demo/lesson.hpp"

namespace forkmap::host {

namespace {

using Integers = std::vector<std::int64_t>;

constexpr std::int64_t kItems = 20;
constexpr int kWorkers = 2;
// These items take microseconds, so on a busy machine one worker may do them all before the other
// has woken up. Then they are done once more.
constexpr int kAttempts = 50;
constexpr auto kOutputPatience = std::chrono::seconds(10);

struct Performance {
  std::vector<std::string> lines;  // what the workers printed, as it came
  std::set<pid_t> pids;            // of the workers that printed
  Integers squares;
};

// Results and printed lines come by different ways, so lines may follow later.
void wait_for_lines(Pool& pool, const std::vector<std::string>& lines) {
  const auto end = std::chrono::steady_clock::now() + kOutputPatience;
  while (lines.size() < static_cast<std::size_t>(kItems) &&
         std::chrono::steady_clock::now() < end) {
    pool.advance();
    pollfd pool_fd = {.fd = pool.fd(), .events = POLLIN, .revents = 0};
    ::poll(&pool_fd, 1, 10);
  }
}

Performance perform(const Registry& registry) {
  const auto square = registry.function<std::int64_t(std::int64_t)>("square_verbose");
  Performance performance;
  PoolOptions options;
  options.workers = kWorkers;
  options.worker_output = WorkerOutput::tag;
  options.output_line = [&performance](int, pid_t pid, std::string_view line) {
    performance.lines.emplace_back(line);
    performance.pids.insert(pid);
  };
  Integers items(static_cast<std::size_t>(kItems));
  std::iota(items.begin(), items.end(), 1);
  Pool pool(registry, options);
  performance.squares = pool.map(square, items, {.chunk = 1}).collect();
  wait_for_lines(pool, performance.lines);
  return performance;
}

}  // namespace

void play_pids(DemoStage& stage) {
  stage.scene("Who does the work: 20 items on 2 workers, which print their pids");
  Registry registry;
  registry.load("arith");
  Performance performance = perform(registry);
  for (int attempt = 1; attempt < kAttempts && performance.pids.size() < kWorkers; ++attempt) {
    performance = perform(registry);
  }
  for (const std::string& line : performance.lines) stage.say(line);
  const auto sum =
      std::accumulate(performance.squares.begin(), performance.squares.end(), std::int64_t{0});
  stage.say("The sum of the square of the first " + std::to_string(kItems) + " integers is " +
            std::to_string(sum));
  stage.require(sum == kItems * (kItems + 1) * (2 * kItems + 1) / 6, "the sum is n(n+1)(2n+1)/6");
  stage.require(performance.lines.size() == static_cast<std::size_t>(kItems),
                "each item printed one line");
  stage.require(performance.pids.size() == kWorkers, "both workers had a part in it");
}

}  // namespace forkmap::host
