// SPDX-License-Identifier: Apache-2.0
#include "host/demo/lesson.hpp"

#include <poll.h>

#include <chrono>
#include <forkmap/pool.hpp>
#include <forkmap/registry.hpp>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "host/text/table.hpp"

namespace forkmap::host {

namespace {

using Integers = std::vector<std::int64_t>;
using OnIntegers = Function<std::int64_t(std::int64_t)>;

constexpr std::int64_t kSharedItems = 100'000;

Integers first_integers(std::int64_t count) {
  Integers items(static_cast<std::size_t>(count));
  std::iota(items.begin(), items.end(), 1);
  return items;
}

Integers serial_map(const OnIntegers& function, const Integers& items) {
  Integers results;
  for (const std::int64_t item : items) results.push_back(function(item));
  return results;
}

// One row for each worker: how many of the items it did.
void show_shares(DemoStage& stage, const Registry& registry, int workers) {
  const auto square = registry.function<std::int64_t(std::int64_t)>("square");
  Pool pool(registry, {.workers = workers});
  const Integers items = first_integers(kSharedItems);
  const Integers squares = pool.map(square, items, {.chunk = 100}).collect();
  stage.require(squares == serial_map(square, items),
                "the pool map gives what the serial map gives");
  std::vector<std::vector<std::string>> rows;
  std::uint64_t total = 0;
  for (const WorkerInfo& worker : pool.workers()) {
    total += worker.items_done;
    const std::uint64_t per_cent =
        100 * worker.items_done / static_cast<std::uint64_t>(kSharedItems);
    rows.push_back({"  worker " + std::to_string(worker.number),
                    "pid " + std::to_string(worker.pid),
                    std::to_string(worker.items_done) + " items", std::to_string(per_cent) + " %"});
  }
  stage.say(std::to_string(workers) + (workers == 1 ? " worker:" : " workers:"));
  std::string table = aligned(rows, {2, 3});
  table.pop_back();
  stage.say(table);
  stage.require(total == static_cast<std::uint64_t>(kSharedItems),
                "the shares add up to all items");
}

// --- the scene that shows the pids: each item's function prints the pid of its process

constexpr std::int64_t kItems = 20;
constexpr int kLessonWorkers = 2;
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
  options.workers = kLessonWorkers;
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

void play_maps(DemoStage& stage) {
  Registry registry;
  registry.load("arith");
  const auto square = registry.function<std::int64_t(std::int64_t)>("square");
  const Integers items = first_integers(5);
  const Integers expected = {1, 4, 9, 16, 25};

  stage.scene("The serial map: arith:square of 1 to 5, in this process");
  const Integers serial = serial_map(square, items);
  stage.say(list_text(serial));
  stage.require(serial == expected, "these are the squares of 1 to 5");

  stage.scene("The pool map: the same, in worker processes");
  Pool pool(registry, {.workers = 2});
  const Integers parallel = pool.map(square, items).collect();
  stage.say(list_text(parallel));
  stage.require(parallel == serial, "the pool map gives what the serial map gives, in its order");
}

void play_shares(DemoStage& stage) {
  stage.scene("How is the work divided as the number of workers changes?");
  stage.say("arith:square of " + std::to_string(kSharedItems) +
            " items; a worker that is free gets the next ones, so shares need not be equal.");
  Registry registry;
  registry.load("arith");
  for (const int workers : {1, 2, 4}) show_shares(stage, registry, workers);
}

void play_stale_registry(DemoStage& stage) {
  const Integers items = first_integers(5);
  const Integers cubes = {1, 8, 27, 64, 125};
  Registry registry;
  registry.load("arith");
  const auto square = registry.function<std::int64_t(std::int64_t)>("square");

  stage.scene("The broken pool: a plugin that is loaded after the workers were forked");
  Pool pool(registry, {.workers = 2});
  const Integers squares = pool.map(square, items).collect();
  stage.say("Square result: " + list_text(squares));
  stage.require(squares == serial_map(square, items), "the pool knows square");
  registry.load("powers");
  const auto cube = registry.function<std::int64_t(std::int64_t)>("cube");
  try {
    stage.say("Cube result: " + list_text(pool.map(cube, items).collect()));
    stage.require(false, "a function that is newer than the workers is missing in them");
  } catch (const ItemFailed& failed) {
    stage.say(failed.what());
    stage.require(failed.error().kind == ErrorKind::stale_registry, "the error is StaleRegistry");
  }
  stage.require(pool.map(square, items).collect() == squares, "the pool goes on serving square");

  stage.scene("The first cure: a second pool, forked after the load");
  {
    Pool second(registry, {.workers = 2});
    const Integers results = second.map(cube, items).collect();
    stage.say("Cube result: " + list_text(results));
    stage.require(results == cubes, "the second pool knows cube");
  }

  stage.scene("The second cure: refork, which renews the workers of the first pool");
  pool.refork();
  const Integers results = pool.map(cube, items).collect();
  stage.say("Cube result: " + list_text(results));
  stage.require(results == cubes, "the reforked pool knows cube");
}

void play_pids(DemoStage& stage) {
  stage.scene("Who does the work: 20 items on 2 workers, which print their pids");
  Registry registry;
  registry.load("arith");
  Performance performance = perform(registry);
  for (int attempt = 1; attempt < kAttempts && performance.pids.size() < kLessonWorkers;
       ++attempt) {
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
  stage.require(performance.pids.size() == kLessonWorkers, "both workers had a part in it");
}

}  // namespace forkmap::host
