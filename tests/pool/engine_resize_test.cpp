// SPDX-License-Identifier: Apache-2.0
//
// Other numbers of workers while a pool goes on, a pool that is paused, and what it tells
// meanwhile.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

#include "tests/catch.hpp"
#include "tests/pool/engine_team.hpp"

namespace forkmap::testing {

namespace {

using namespace std::chrono_literals;

bool comes_true(pool::Engine& engine, const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 50s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    engine.wait_step(10ms);
  }
  return true;
}

int ready_workers(const pool::Engine& engine) {
  const auto workers = engine.workers();
  return static_cast<int>(std::ranges::count_if(workers, [](const WorkerInfo& worker) {
    return worker.state == WorkerState::idle || worker.state == WorkerState::running;
  }));
}

}  // namespace

TEST_CASE(
    "a pool whose zygote has just died comes up again with as many workers as are wanted then") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(),
                      {.workers = 2, .worker_start = [] { std::this_thread::sleep_for(200ms); }});
  for (const int wanted : {4, 1, 3}) {
    CAPTURE(wanted);
    const pid_t zygote = engine.zygote_pid();
    REQUIRE(::kill(zygote, SIGKILL) == 0);
    engine.resize(wanted);  // nobody has noticed yet
    REQUIRE(comes_true(
        engine, [&] { return engine.zygote_pid() != zygote && ready_workers(engine) == wanted; }));
    CHECK(read_all(*open_integers(engine, registry, "sleep_ms", 0, 20)).values.size() == 20);
  }
}

TEST_CASE("a crew that comes up with an old number of workers is fitted when it serves") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(),
                      {.workers = 2, .worker_start = [] { std::this_thread::sleep_for(500ms); }});
  for (const int wanted : {4, 1}) {
    CAPTURE(wanted);
    const pid_t zygote = engine.zygote_pid();
    REQUIRE(::kill(zygote, SIGKILL) == 0);
    // Its workers are gone, so the next zygote is on its way, with workers that sleep.
    REQUIRE(comes_true(engine, [&] { return ready_workers(engine) == 0; }));
    engine.resize(wanted);
    REQUIRE(comes_true(engine, [&] { return ready_workers(engine) == wanted; }));
    CHECK(read_all(*open_integers(engine, registry, "sleep_ms", 0, 20)).values.size() == 20);
  }
}

TEST_CASE("a pool that was killed takes no harm from a new number of workers") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 2});
  const auto workers = engine.workers();
  engine.kill();
  engine.resize(5);
  CHECK_FALSE(engine.wait_step(0ns));
  CHECK(engine.zygote_pid() == 0);
  CHECK(engine.workers().size() == 2);
  for (const WorkerInfo& worker : workers) CHECK(::kill(worker.pid, 0) != 0);
}

TEST_CASE("while a pool is paused no item grows older, and what was cancelled keeps its grace") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 1});
  const auto map = open_integers(engine, registry, "sleep_ms", 600'000, 1);
  const auto item_time = [&] { return engine.workers().at(0).item_time; };
  REQUIRE(comes_true(engine, [&] { return item_time() > 0ns; }));
  const auto cancelled = std::chrono::steady_clock::now();
  pool::Engine::cancel_and_settle(*map, 2s);
  engine.pause();
  const auto before = item_time();
  const auto paused = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(2500ms);
  CHECK(item_time() == before);
  const auto pause = std::chrono::steady_clock::now() - paused;
  engine.resume();
  engine.wait_step(0ns);
  REQUIRE(comes_true(engine, [&] { return pool::Engine::progress(*map).outcomes == 1; }));
  // All of its grace, and the pause was no part of that.
  CHECK(std::chrono::steady_clock::now() - cancelled >= 2s + pause);
}

}  // namespace forkmap::testing
