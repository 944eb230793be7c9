// SPDX-License-Identifier: Apache-2.0
//
// Nothing to fork a worker with: the pool waits, and does not let items pay for it (A33).
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <forkmap/error.hpp>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "tests/catch.hpp"
#include "tests/pool/engine_team.hpp"

namespace forkmap::testing {

namespace {

using namespace std::chrono_literals;

// While it lives this process gets no further descriptor.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    // Not 0: poll() takes no more descriptors than the limit. And few, since the pidfd of a worker
    // that dies is given back.
    for (;;) {
      base::UniqueFd fd(::dup(STDERR_FILENO));
      REQUIRE(fd);
      if (fd.get() >= kLowest) break;
      filling_.push_back(std::move(fd));
    }
    const rlimit none{kLowest, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  static constexpr int kLowest = 4;
  rlimit before_{};
  std::vector<base::UniqueFd> filling_;
};

bool all_dead(const pool::Engine& engine) {
  for (const WorkerInfo& worker : engine.workers()) {
    if (worker.state != WorkerState::dead) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("without descriptors for a replacement items wait, and go on when there are some again") {
  Registry registry;
  registry.load(plugin_path("arith"));
  std::vector<std::string> notices;
  pool::Engine engine(registry.table(), {.workers = 2, .notice = [&](std::string_view text) {
                                           notices.emplace_back(text);
                                         }});
  std::shared_ptr<pool::Map> map;
  const auto before = std::chrono::steady_clock::now();
  {
    const NoDescriptors shortage;
    REQUIRE(engine.signal_worker(0, SIGKILL));
    REQUIRE(engine.signal_worker(1, SIGKILL));
    while (!all_dead(engine)) engine.wait_step(10ms);
    map = open_integers(engine, registry, "square", 1, 1000);
    for (int step = 0; step < 20; ++step) engine.wait_step(20ms);
    CHECK(pool::Engine::progress(*map).outcomes == 0);
  }
  const Outcomes outcomes = read_all(*map);
  CHECK(outcomes.errors.empty());
  CHECK(outcomes.values.size() == 1000);
  REQUIRE_FALSE(notices.empty());
  // At most one in ten seconds.
  const auto most = 1 + (std::chrono::steady_clock::now() - before) / 10s;
  CHECK(std::ssize(notices) <= most);
  CHECK_THAT(notices[0], Catch::Contains("no worker can be started now"));
}

TEST_CASE("a shortage that lasts breaks the pool after shortage_timeout, and says what was short") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 1, .shortage_timeout = 300ms});
  const NoDescriptors shortage;
  REQUIRE(engine.signal_worker(0, SIGKILL));
  while (!all_dead(engine)) engine.wait_step(10ms);
  const auto map = open_integers(engine, registry, "square", 1, 5);
  CHECK_THROWS_WITH(read_all(*map), Catch::Contains("no worker could be started"));
}

TEST_CASE("workers that are killed as soon as their start hook is done break the pool, too") {
  const int workers = GENERATE(1, 2);
  Registry registry;
  registry.load(test_plugin_path("start_dooms"));
  std::string why;
  try {
    pool::Engine engine(registry.table(), {.workers = workers, .shortage_timeout = 300ms});
    constexpr std::uint32_t kMany = 200;
    while (engine.broken_why().empty() && engine.workers().at(0).respawns < kMany) {
      engine.wait_step(10ms);
    }
    why = engine.broken_why();
  } catch (const PoolBroken& error) {
    why = error.what();  // the host was so slow that none was up when it looked
  }
  CHECK_THAT(why, Catch::Contains("no worker could be started: workers die without having done"));
}

TEST_CASE("a shortage that lasts while many workers are wanted breaks the pool, and no more") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 6, .shortage_timeout = 300ms});
  const auto map = open_integers(engine, registry, "square", 1, 100'000'000);
  {
    const NoDescriptors shortage;
    const std::string end = GENERATE("workers", "zygote", "both");
    CAPTURE(end);
    if (end != "zygote") {
      for (int worker = 0; worker < 6; ++worker) engine.signal_worker(worker, SIGKILL);
    }
    if (end != "workers") ::kill(engine.zygote_pid(), SIGKILL);
    Outcomes outcomes;
    CHECK_THROWS_AS(
        [&] {
          while (read_some(*map, outcomes)) outcomes = {};
        }(),
        PoolBroken);
  }
  CHECK_THROWS_AS(open_integers(engine, registry, "square", 1, 5), PoolBroken);
}

TEST_CASE("a shortage while the pool is renewed leaves the old workers at work") {
  Registry registry;
  registry.load(plugin_path("arith"));
  pool::Engine engine(registry.table(), {.workers = 3});
  {
    const NoDescriptors shortage;
    CHECK_THROWS(engine.refork());
  }
  CHECK(read_all(*open_integers(engine, registry, "square", 1, 1000)).values.size() == 1000);
}

}  // namespace forkmap::testing
