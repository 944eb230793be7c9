// SPDX-License-Identifier: Apache-2.0
//
// Death at each instruction: a worker is stepped through stepping over, claiming, running and
// publishing, and killed after k instructions, for every k.

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>

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
  bool step() {
    int status = 0;
    if (::ptrace(PTRACE_SINGLESTEP, pid_, nullptr, nullptr) != 0) return false;
    if (::waitpid(pid_, &status, 0) != pid_) return false;
    return WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP;
  }

  void kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    CHECK(WIFSIGNALED(status));
    pid_ = -1;
  }

 private:
  pid_t pid_;
  bool is_traced_ = false;
};

// Instructions of the section; nothing where tracing is forbidden.
std::optional<std::uint64_t> count_instructions() {
  const Scene scene;
  SteppedWorker worker(scene);
  if (!worker.is_traced()) return std::nullopt;
  std::uint64_t count = 0;
  while (worker.step()) ++count;
  return count;
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
  const auto instructions = count_instructions();
  if (!instructions) {
    WARN("skipped: tracing a child is forbidden here");
    return;
  }
  REQUIRE(*instructions > 100);

  // Each k costs k steps. A sanitizer's section is so long that only some are tried.
  constexpr std::uint64_t kMostSteps = 3'000'000;
  const std::uint64_t stride = 1 + *instructions * *instructions / 2 / kMostSteps;
  std::uint64_t settled_before = 0;
  std::uint64_t charged = 0;
  std::uint64_t deaths = 0;
  for (std::uint64_t k = 0; k <= *instructions; k += stride) {
    Scene scene;
    SteppedWorker worker(scene);
    REQUIRE(worker.is_traced());
    for (std::uint64_t step = 0; step < k; ++step) (void)worker.step();
    worker.kill();
    ++deaths;

    INFO("killed after " << k << " of " << *instructions << " instructions");
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
  INFO(*instructions << " instructions, " << deaths << " deaths");
  CHECK(charged > 0);
  CHECK(charged < deaths);
}
