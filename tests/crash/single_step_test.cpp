// SPDX-License-Identifier: Apache-2.0
//
// Death at each instruction: a worker is stepped through stepping over, claiming, running and
// publishing, and killed after k instructions, for every k. The first worker tells where each
// instruction is; later ones run to a breakpoint near the place where they die.

#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "tests/catch.hpp"
#include "tests/crash/small_run.hpp"
#include "tests/lane/lane_ends.hpp"

using namespace forkmap;
using namespace forkmap::lane;

namespace {

constexpr std::uint64_t kItems = 5;

// A lane with: a task of two items, a cell taken back, a task of two, one of one; the host
// "sleeps", so that the worker also rings.
struct Scene {
  Doorbell doorbell;
  HostLane host{tests::kSmallShape};
  tests::Account account{kItems, 2};

  Scene() {
    account.feed(host);  // {0, 1} {2, 3} {4}
    account.take_back(host);
    account.take_back(host);
    account.feed(host);  // one of the two fits behind the cells taken back
    announce_host_sleep(host.view().worker_words());
  }

  // What the killed worker has left is dealt to another one until all is settled.
  void finish() {
    while (!account.is_settled()) {
      HostLane fresh(tests::kSmallShape);
      WorkerLane worker(fresh.view(), doorbell);
      account.feed(fresh);
      tests::work_off(worker);
      REQUIRE(account.collect(fresh));
      REQUIRE(account.recover(fresh));
    }
  }
};

// A traced child that is stopped right before the section, and stops itself behind it.
class SteppedWorker {
 public:
  explicit SteppedWorker(const Scene& scene) : pid_(::fork()) {
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      const tests::WorkerMappings mappings(scene.host);
      WorkerLane worker(mappings.view(), scene.doorbell);
      if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(1);
      ::raise(SIGSTOP);
      tests::work_off(worker);
      ::raise(SIGSTOP);
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(pid_, &status, 0) == pid_);
    is_traced_ = WIFSTOPPED(status);
    if (!is_traced_) pid_ = -1;
  }
  SteppedWorker(const SteppedWorker&) = delete;
  SteppedWorker& operator=(const SteppedWorker&) = delete;
  ~SteppedWorker() { kill(); }

  [[nodiscard]] bool is_traced() const { return is_traced_; }

  // One instruction. False: the section is over.
  bool step() { return go_on(PTRACE_SINGLESTEP); }

#if defined(__x86_64__)
  static constexpr bool kHasBreakpoints = true;

  // Where the next instruction is.
  [[nodiscard]] std::uint64_t place() const {
    return static_cast<std::uint64_t>(::ptrace(PTRACE_PEEKUSER, pid_, kPlace, nullptr));
  }

  // Runs until it comes to a place for the nth time.
  void run_to(std::uint64_t place, std::uint64_t times) {
    const long code = ::ptrace(PTRACE_PEEKTEXT, pid_, place, nullptr);
    constexpr long kTrap = 0xcc;
    for (std::uint64_t time = 1;; ++time) {
      REQUIRE(::ptrace(PTRACE_POKETEXT, pid_, place, (code & ~0xffL) | kTrap) == 0);
      REQUIRE(go_on(PTRACE_CONT));
      REQUIRE(this->place() == place + 1);
      REQUIRE(::ptrace(PTRACE_POKETEXT, pid_, place, code) == 0);
      REQUIRE(::ptrace(PTRACE_POKEUSER, pid_, kPlace, place) == 0);
      if (time == times) return;
      REQUIRE(step());
    }
  }
#else
  static constexpr bool kHasBreakpoints = false;

  [[nodiscard]] std::uint64_t place() const { return 0; }
  void run_to(std::uint64_t, std::uint64_t) {}
#endif

  void kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    CHECK(WIFSIGNALED(status));
    pid_ = -1;
  }

 private:
#if defined(__x86_64__)
  static constexpr std::size_t kPlace = offsetof(user, regs.rip);
#endif

  pid_t pid_;
  bool is_traced_ = false;

  bool go_on(__ptrace_request how) {
    int status = 0;
    if (::ptrace(how, pid_, nullptr, nullptr) != 0) return false;
    if (::waitpid(pid_, &status, 0) != pid_) return false;
    return WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP;
  }
};

// Where a worker is after k instructions, for every k, and the shortest way there.
class Path {
 public:
  // A worker that runs to the place of instruction `from`, and is there for the `times`th time; the
  // rest are steps.
  struct Way {
    std::uint64_t from = 0;
    std::uint64_t times = 0;
    std::uint64_t stops = 0;
  };

  void add(std::uint64_t place) { stands_.push_back({place, ++times_[place]}); }

  // Of the section.
  [[nodiscard]] std::uint64_t instructions() const { return stands_.size() - 1; }

  [[nodiscard]] Way way_to(std::uint64_t k) const {
    Way best{0, 0, k};
    if (!SteppedWorker::kHasBreakpoints) return best;
    for (std::uint64_t from = k; from > 0 && k - from < best.stops; --from) {
      const Stand& stand = stands_[from];
      // Each time but the last is a stop, and a step off the breakpoint.
      const std::uint64_t stops = 2 * stand.time - 1 + k - from;
      if (stand.place != stands_[0].place && stops < best.stops) best = {from, stand.time, stops};
    }
    return best;
  }

  void take(SteppedWorker& worker, std::uint64_t k) const {
    const Way way = way_to(k);
    if (way.times > 0) worker.run_to(stands_[way.from].place, way.times);
    for (std::uint64_t step = way.from; step < k; ++step) REQUIRE(worker.step());
    // All workers do the same.
    REQUIRE(worker.place() == stands_[k].place);
  }

 private:
  struct Stand {
    std::uint64_t place = 0;
    std::uint64_t time = 0;  // that it is there
  };
  std::vector<Stand> stands_;
  std::map<std::uint64_t, std::uint64_t> times_;
};

// Nothing where tracing is forbidden.
std::optional<Path> path_of_section() {
  const Scene scene;
  SteppedWorker worker(scene);
  if (!worker.is_traced()) return std::nullopt;
  Path path;
  do {
    path.add(worker.place());
  } while (worker.step());
  return path;
}

}  // namespace

TEST_CASE("a worker killed after any number of instructions loses no item and repeats no result") {
  {
    // The dynamic linker binds what the section calls, so that the children need not.
    Scene scene;
    WorkerLane worker(scene.host.view(), scene.doorbell);
    tests::work_off(worker);
    REQUIRE(scene.account.collect(scene.host));
    REQUIRE(tests::has_rung(scene.doorbell));
  }
  const auto path = path_of_section();
  if (!path) {
    WARN("skipped: tracing a child is forbidden here");
    return;
  }
  const std::uint64_t instructions = path->instructions();
  REQUIRE(instructions > 100);

  // Without breakpoints each k costs k steps: a sanitizer's section is so long that only some are
  // tried.
  constexpr std::uint64_t kMostStops = 3'000'000;
  std::uint64_t stops = 0;
  for (std::uint64_t k = 0; k <= instructions; ++k) stops += path->way_to(k).stops;
  const std::uint64_t stride = 1 + stops / kMostStops;
  std::uint64_t settled_before = 0;
  std::uint64_t charged = 0;
  std::uint64_t deaths = 0;
  for (std::uint64_t k = 0; k <= instructions; k += stride) {
    Scene scene;
    SteppedWorker worker(scene);
    REQUIRE(worker.is_traced());
    path->take(worker, k);
    worker.kill();
    ++deaths;

    INFO("killed after " << k << " of " << instructions << " instructions");
    REQUIRE(scene.account.recover(scene.host));
    // A longer life leaves no less.
    REQUIRE(scene.account.settled() >= settled_before);
    settled_before = scene.account.settled();
    REQUIRE(scene.account.deaths_charged() <= 1);
    charged += scene.account.deaths_charged();
    scene.finish();
    REQUIRE(scene.account.each_item_once());
    REQUIRE(scene.account.wrong_values() == 0);
  }
  CHECK(settled_before == 4);  // the last range was never dealt
  INFO(instructions << " instructions, " << deaths << " deaths, " << stops << " stops");
  CHECK(charged > 0);
  CHECK(charged < deaths);
}
