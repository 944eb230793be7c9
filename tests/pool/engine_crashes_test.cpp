// SPDX-License-Identifier: Apache-2.0
//
// What is known of a crash, with real processes and signals.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "tests/catch.hpp"
#include "tests/pool/engine_team.hpp"
#include "tests/pool/process_census.hpp"

namespace forkmap::testing {

namespace {

struct CrashCase {
  const char* function;
  int signal;
  const char* innermost;  // of the plugin's frames, a part of its name
  const char* told;       // in the message
};

struct Team {
  explicit Team(int retries = 0) {
    registry.load(test_plugin_path("faulty"));
    PoolOptions options;
    options.workers = 1;
    options.retries = retries;
    options.crashed = [this](const CrashReport& report) { reports.push_back(report); };
    engine = std::make_unique<pool::Engine>(registry.table(), options);
  }
  Outcomes run(const std::string& function, std::int64_t first, std::int64_t count,
               std::size_t chunk = 1) {
    return read_all(*open_integers(*engine, registry, function, first, count, {.chunk = chunk}));
  }
  ItemError error_of(const std::string& function, std::size_t chunk = 1) {
    const Outcomes outcomes = run(function, 1, 5, chunk);
    REQUIRE(outcomes.errors.size() == 1);
    REQUIRE(outcomes.values.size() == 4);
    return outcomes.errors.at(2);
  }

  Registry registry;
  std::vector<CrashReport> reports;
  std::unique_ptr<pool::Engine> engine;
};

// The first frame that is the plugin's.
std::string plugin_frame(const ItemError& error) {
  const auto found = std::ranges::find_if(
      error.frames, [](const std::string& frame) { return frame.starts_with("faulty.so: "); });
  return found == error.frames.end() ? std::string() : *found;
}

std::vector<CrashCase> crash_cases() {
  return {
      {"crash_on_three", SIGSEGV, "faulty::crash_on_three(long)", "; address 0x0, in faulty.so: "},
      {"stack_overflow_on_three", SIGSEGV, "recurse", "; stack overflow, in faulty.so: "},
      {"abort_on_three", SIGABRT, "faulty::abort_on_three(long)", "called from faulty.so: "},
#if !defined(FORKMAP_SANITIZED)  // which sees that by itself, and ends the process
      {"free_bad_pointer_on_three", SIGABRT, "faulty::free_bad_pointer_on_three(long)",
       "called from faulty.so: "},
#endif
      {"divide_by_zero_on_three", SIGFPE, "faulty::divide_by_zero_on_three(long)",
       "; in faulty.so: "},
      {"call_null_on_three", SIGSEGV, "faulty::call_null_on_three(long)", "; address 0x0, in "},
      {"crash_in_thread_on_three", SIGSEGV, "read_nowhere", ", thread "},
      {"throw_in_thread_on_three", SIGABRT, "throw_in_thread_on_three", ", thread "},
  };
}

}  // namespace

TEST_CASE("a crash report names the function of the innermost plugin frame") {
  const CrashCase crash = GENERATE(from_range(crash_cases()));
  const std::size_t chunk = GENERATE(1U, 5U);
  CAPTURE(crash.function, chunk);
  Team team;
  const ItemError error = team.error_of(crash.function, chunk);
  CAPTURE(error.message, error.frames);
  CHECK(error.kind == ErrorKind::worker_died);
  CHECK(error.signal == crash.signal);
  CHECK_THAT(plugin_frame(error), Catch::Contains(crash.innermost));
  CHECK_THAT(error.message, Catch::Contains(crash.told) && Catch::Contains(crash.innermost));
  CHECK_THAT(error.message, !Catch::Contains("\n"));
  for (const std::string& frame : error.frames)
    CHECK_THAT(frame, !Catch::Contains("forkmap::pool"));
  REQUIRE(error.usage);
  CHECK(error.usage->max_resident_bytes > 0);
}

#if !defined(FORKMAP_SANITIZED)  // which gives each thread a stack for handlers
TEST_CASE("a death that no handler has seen is told with what it may come from") {
  Team team;
  const ItemError error = team.error_of("overflow_in_thread_on_three");
  CHECK(error.signal == SIGSEGV);
  CHECK_THAT(error.message,
             Catch::Contains("; no handler") && Catch::Contains("a thread of the function"));
  REQUIRE(team.reports.size() == 1);
  CHECK_THAT(team.reports[0].cause, Catch::Contains("used up its stack"));
  CHECK(team.reports[0].frames.empty());
}
#endif

TEST_CASE("the address of a fault is told where there is one") {
  Team team;
  CHECK(team.error_of("crash_on_three").address == std::uintptr_t{0});
  CHECK_FALSE(team.error_of("abort_on_three").address);
  const ItemError overflow = team.error_of("stack_overflow_on_three");
  REQUIRE(overflow.address);
  CHECK(*overflow.address > 4096);
  CHECK_FALSE(overflow.frames.empty());
}

TEST_CASE("a signal that was sent is told with its sender, and has no address") {
  Team team;
  const ItemError error = team.error_of("send_segv_on_three");
  CHECK(error.signal == SIGSEGV);
  CHECK_FALSE(error.address);
  REQUIRE(team.reports.size() == 1);
  CHECK(team.reports[0].cause == "sent by process " + std::to_string(team.reports[0].pid));
  CHECK_FALSE(plugin_frame(error).empty());
}

TEST_CASE("a stack that is damaged is told as far as it can be, and the signal stays the same") {
  Team team;
  const ItemError error = team.error_of("smash_stack_on_three");
  CHECK(error.signal == SIGSEGV);
  CHECK(error.address == std::uintptr_t{0});
  CHECK_THAT(plugin_frame(error), Catch::Contains("read_nowhere"));
}

TEST_CASE(
    "a fault in the handler itself ends its record, and the first signal stays that of the death") {
  Team team;
  const ItemError error = team.error_of("lose_stack_on_three");
  CHECK(error.signal == SIGFPE);
  CHECK_THAT(plugin_frame(error), Catch::Contains("lose_stack_on_three"));
#if defined(__x86_64__) && !defined(FORKMAP_SANITIZED)  // whose builds keep a frame pointer
  CHECK(error.frames.size() == 1);
#endif
}

TEST_CASE("of crashes in several threads one is told") {
  Team team;
  const ItemError error = team.error_of("crash_in_many_threads_on_three");
  CHECK(error.signal == SIGSEGV);
  CHECK_THAT(plugin_frame(error), Catch::Contains("read_nowhere"));
  REQUIRE(team.reports.size() == 1);
  CHECK(team.reports[0].thread);
}

TEST_CASE("a crash while the dynamic loader is locked for ever ends the worker all the same") {
  Team team;
  const ItemError error = team.error_of("crash_under_lock_on_three");
  CHECK(error.signal == SIGSEGV);
  CHECK_THAT(plugin_frame(error), Catch::Contains("read_nowhere"));
}

TEST_CASE("a death without a handler has no frames, and none of an earlier crash") {
  Team team;
  CHECK_FALSE(team.error_of("crash_on_three").frames.empty());
  const std::string function = GENERATE("kill_self_on_three", "exit_zero_on_three");
  const ItemError error = team.error_of(function);
  CHECK(error.frames.empty());
  CHECK_FALSE(error.address);
  CHECK(error.usage);
  REQUIRE(team.reports.size() == 2);
  CHECK(team.reports[1].frames.empty());
  CHECK(team.reports[1].place.empty());
}

TEST_CASE("each attempt has its report") {
  Team team(2);
  const ItemError error = team.error_of("crash_on_three");
  CHECK(error.attempt == 3);
  REQUIRE(team.reports.size() == 3);
  for (int attempt = 0; attempt < 3; ++attempt) {
    const CrashReport& report = team.reports[static_cast<std::size_t>(attempt)];
    CHECK(report.attempt == attempt + 1);
    CHECK(report.attempts == 3);
    CHECK(report.is_final == (attempt == 2));
    CHECK(report.position == 2);
    CHECK(report.function == "faulty:crash_on_three");
    CHECK(report.how == "killed by SIGSEGV (segmentation fault)");
    CHECK_THAT(report.cause, Catch::StartsWith("SEGV_MAPERR"));
    CHECK(report.plugin_path == test_plugin_path("faulty"));
    CHECK(report.plugin_build_id == team.registry.plugins().at(0).build_id);
    CHECK(report.frames == error.frames);
    CHECK_FALSE(report.thread);
  }
  CHECK(team.reports[2].pid == error.pid);
  CHECK(team.reports[0].pid != team.reports[1].pid);
}

TEST_CASE("a child that a function forks dies of its own signal and leaves no report") {
  Team team;
  const Outcomes outcomes = team.run("crash_in_child", 1, 3);
  REQUIRE(outcomes.values.size() == 3);
  for (const auto& [position, signal] : outcomes.values) CHECK(signal == SIGSEGV);
  CHECK(team.reports.empty());
}

TEST_CASE("a handler that a plugin's constructor has installed hides nothing (A22)") {
  Registry registry;
  registry.load(test_plugin_path("handler_in_constructor"));
  registry.load(test_plugin_path("faulty"));
  pool::Engine engine(registry.table(), {.workers = 1, .retries = 0});
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "crash_on_three", 3, 1));
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.at(0).signal == SIGSEGV);
  CHECK_THAT(plugin_frame(outcomes.errors.at(0)), Catch::Contains("crash_on_three"));
}

TEST_CASE("a crash inside a call of a vectorized function for many items is told once more alone") {
  Registry registry;
  registry.load(test_plugin_path("vectors"));
  std::vector<CrashReport> reports;
  PoolOptions options;
  options.workers = 1;
  options.retries = 0;
  options.crashed = [&](const CrashReport& report) { reports.push_back(report); };
  pool::Engine engine(registry.table(), options);
  const Outcomes outcomes =
      read_all(*open_integers(engine, registry, "crash_on_three", 0, 20, {.chunk = 10}));
  REQUIRE(outcomes.errors.size() == 1);
  CHECK_THAT(outcomes.errors.at(3).message, Catch::Contains("in vectors.so: "));
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].count == 10);
  CHECK_FALSE(reports[0].is_final);
  CHECK(reports[1].count == 1);
  CHECK(reports[1].position == 3);
  CHECK_FALSE(reports[0].frames.empty());
}

TEST_CASE("a crash in lines of text is told, too") {
  Team team;
  pool::MapRequest request;
  request.function = &team.registry.table().resolve("crash_on_three");
  request.source = std::make_unique<LineSource>(std::vector<std::string>{"1", "2", "3", "4"});
  request.text = types::TextRules{};
  const Outcomes outcomes = read_all(*team.engine->open(std::move(request)));
  REQUIRE(outcomes.errors.size() == 1);
  CHECK_THAT(plugin_frame(outcomes.errors.at(2)), Catch::Contains("faulty::crash_on_three(long)"));
}

TEST_CASE("a crash of a function of the program itself is told without forkmap's own frames") {
  Registry registry;
  registry.add("crash_here", [](std::int64_t x) {
    if (x == 3) ::raise(SIGSEGV);
    return x;
  });
  pool::Engine engine(registry.table(), {.workers = 1, .retries = 0});
  const Outcomes outcomes = read_all(*open_integers(engine, registry, "crash_here", 1, 5));
  REQUIRE(outcomes.errors.size() == 1);
  const ItemError& error = outcomes.errors.at(2);
  CAPTURE(error.frames);
  CHECK_FALSE(error.frames.empty());
  for (const std::string& frame : error.frames)
    CHECK_THAT(frame, !Catch::Contains("forkmap::pool::T"));
}

TEST_CASE("a worker that crashes in its start hook breaks the pool with the place of the crash") {
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  PoolOptions options;
  options.workers = 1;
  options.worker_start = [] { ::raise(SIGABRT); };
  const auto make = [&] { pool::Engine engine(registry.table(), options); };
  CHECK_THROWS_WITH(make(), Catch::Contains("killed by SIGABRT (aborted); in "));
}

TEST_CASE("core files are allowed to workers only if they are asked for") {
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_CORE, &limit) == 0);
  const rlimit before = limit;
  limit.rlim_cur = limit.rlim_max;
  REQUIRE(::setrlimit(RLIMIT_CORE, &limit) == 0);
  Registry registry;
  registry.add("core_limit", [](std::int64_t) {
    rlimit own{};
    ::getrlimit(RLIMIT_CORE, &own);
    return static_cast<std::int64_t>(std::min<rlim_t>(own.rlim_cur, 1000));
  });
  const auto limit_in_worker = [&](bool core_files) {
    pool::Engine engine(registry.table(), {.workers = 1, .core_files = core_files});
    return read_all(*open_integers(engine, registry, "core_limit", 1, 1)).values.at(0);
  };
  CHECK(limit_in_worker(false) == static_cast<std::int64_t>(std::min<rlim_t>(1, limit.rlim_max)));
  CHECK(limit_in_worker(true) == static_cast<std::int64_t>(std::min<rlim_t>(1000, limit.rlim_max)));
  ::setrlimit(RLIMIT_CORE, &before);
}

TEST_CASE("a storm of crashes leaves no process, and every item its frames") {
  // Plugins stay loaded.
  Registry registry;
  registry.load(test_plugin_path("faulty"));
  const ProcessCensus before;
  {
    pool::Engine engine(registry.table(), {.workers = 1, .retries = 0});
    int with_frames = 0;
    for (int round = 0; round < 100; ++round) {
      const Outcomes outcomes = read_all(*open_integers(engine, registry, "crash_on_three", 3, 1));
      REQUIRE(outcomes.errors.size() == 1);
      with_frames += plugin_frame(outcomes.errors.at(0)).empty() ? 0 : 1;
    }
    CHECK(with_frames == 100);
  }
  CHECK(ProcessCensus() == before);
}

}  // namespace forkmap::testing
