// SPDX-License-Identifier: Apache-2.0
//
// Functions that meddle with their zygote: they ask it to trace them, or stop it.
#include <signal.h>

#include "tests/catch.hpp"
#include "tests/pool/engine_team.hpp"
#include "tests/pool/process_census.hpp"

namespace forkmap::testing {

namespace {

using namespace std::chrono_literals;

void require_goes_on(pool::Engine& engine, const Registry& registry) {
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "calls_before", 1, 50));
  REQUIRE(outcomes.values.size() == 50);
}

}  // namespace

TEST_CASE("a worker that asks to be traced goes on, and dies as any other") {
  Registry registry;
  registry.load(test_plugin_path("deadly"));
  pool::Engine engine(registry.table(), {.workers = 2, .stop_grace = 200ms});
  const auto run = [&](const std::string& function, MapOptions options = {}) {
    return read_all(*open_integers(engine, registry, function, 1, 6, options));
  };
  SECTION("without a signal") { CHECK(run("be_traced").values.size() == 6); }
  SECTION("with signals that it ignores or handles") {
    CHECK(run("be_traced_and_signal").values.size() == 6);
    CHECK(engine.workers().at(0).respawns == 0);
  }
  SECTION("with one that kills it") {
    const Outcomes outcomes = run("be_traced_and_crash_on_three");
    CHECK(outcomes.values.size() == 5);
    REQUIRE(outcomes.errors.size() == 1);
    CHECK(outcomes.errors.at(2).kind == ErrorKind::worker_died);
    CHECK(outcomes.errors.at(2).signal == SIGSEGV);
  }
  SECTION("in a thread that is not its first") {
    const Outcomes outcomes = run("be_traced_in_thread_and_die_on_three");
    CHECK(outcomes.values.size() == 5);
    REQUIRE(outcomes.errors.size() == 1);
    CHECK(outcomes.errors.at(2).exit_status == 9);
  }
  SECTION("stopped") {
    const Outcomes outcomes = run("be_traced_and_stop_on_three");
    REQUIRE(outcomes.errors.size() == 1);
    CHECK(outcomes.errors.at(2).kind == ErrorKind::worker_died);
    CHECK_THAT(outcomes.errors.at(2).message, Catch::Contains("stopped for longer than 200 ms"));
  }
  SECTION("past its time limit") {
    const Outcomes outcomes = run("be_traced_and_hang_on_three", {.timeout = 300ms});
    REQUIRE(outcomes.errors.size() == 1);
    CHECK(outcomes.errors.at(2).kind == ErrorKind::timed_out);
  }
  require_goes_on(engine, registry);
}

TEST_CASE("a zygote that a function stops is continued") {
  Registry registry;
  registry.load(test_plugin_path("deadly"));
  const ProcessCensus before;
  {
    pool::Engine engine(registry.table(), {.workers = 2});
    CHECK(read_all(*open_integers(engine, registry, "stop_zygote", 1, 10)).values.size() == 10);
    const Outcomes outcomes =
        read_all(*open_integers(engine, registry, "stop_zygote_and_die_on_three", 1, 6));
    CHECK(outcomes.values.size() == 5);
    REQUIRE(outcomes.errors.size() == 1);
    CHECK(outcomes.errors.at(2).kind == ErrorKind::worker_died);
    CHECK(outcomes.errors.at(2).exit_status == 9);
    require_goes_on(engine, registry);
    ::kill(engine.zygote_pid(), SIGSTOP);
  }
  CHECK(ProcessCensus() == before);
}

TEST_CASE("what is cancelled while the zygote is stopped ends") {
  Registry registry;
  registry.load(test_plugin_path("deadly"));
  pool::Engine engine(registry.table(), {.workers = 2});
  const auto map = open_integers(engine, registry, "wait_for_ever", 1, 4, {.chunk = 1});
  while (engine.workers().at(0).state != WorkerState::running ||
         engine.workers().at(1).state != WorkerState::running) {
    engine.wait_step(10ms);
  }
  ::kill(engine.zygote_pid(), SIGSTOP);
  pool::Engine::cancel_and_settle(*map, 50ms);
  const Outcomes outcomes = read_all(*map);
  CHECK(outcomes.errors.size() == 4);
  for (const auto& [position, error] : outcomes.errors) CHECK(error.kind == ErrorKind::cancelled);
  require_goes_on(engine, registry);
}

TEST_CASE("a zygote that is stopped whenever it is looked at is replaced after stop_grace") {
  Registry registry;
  registry.load(test_plugin_path("deadly"));
  pool::Engine engine(registry.table(), {.workers = 1, .stop_grace = 100ms});
  const pid_t zygote = engine.zygote_pid();
  const auto map = open_integers(engine, registry, "wait_for_ever", 1, 1);
  while (engine.zygote_pid() == zygote) {
    ::kill(zygote, SIGSTOP);
    engine.wait_step(10ms);
  }
  pool::Engine::cancel(*map);
  require_goes_on(engine, registry);
}

}  // namespace forkmap::testing
