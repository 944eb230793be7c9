// SPDX-License-Identifier: Apache-2.0
//
// A worker on a lane of four cells is killed at random moments, over and over. Whatever it was
// about, each item has one outcome in the end, and a lane takes four tasks.

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <random>
#include <thread>

#include "core/base/unique_fd.hpp"
#include "tests/catch.hpp"
#include "tests/crash/small_run.hpp"
#include "tests/kit/descriptors.hpp"
#include "tests/lane/lane_ends.hpp"

using namespace forkmap;
using namespace forkmap::lane;

namespace {

// A worker process on a lane of its own.
struct Worker {
  explicit Worker(const Doorbell& doorbell) : host(tests::kSmallShape) {
    pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      const tests::WorkerMappings mappings(host);
      ::_exit(tests::work_until_retired(WorkerLane(mappings.view(), doorbell), 2'000));
    }
    pidfd = base::UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    REQUIRE(pidfd);
  }

  // L5: the lane may be looked at when the pidfd has become readable.
  int await_end() {
    pollfd entry{pidfd.get(), POLLIN, 0};
    while (::poll(&entry, 1, -1) != 1) {
    }
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    return status;
  }

  HostLane host;
  pid_t pid = -1;
  base::UniqueFd pidfd;
};

}  // namespace

TEST_CASE("a lane of four cells survives its worker's death anywhere, five hundred times") {
  constexpr std::uint64_t items = 200'000;
  constexpr int kills = 500;
  const std::size_t descriptors_before = tests::open_descriptors();
  int deaths = 0;
  {
    const Doorbell doorbell;
    tests::Account account(items, 7);
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    auto worker = std::make_unique<Worker>(doorbell);
    while (!account.is_settled()) {
      // A life's share of the items, or none: then it dies at birth. A little later, so that it is
      // in the middle of something.
      const std::uint64_t share = random() % (items / kills);
      const std::uint64_t enough = std::min(items, account.settled() + share);
      while (account.settled() < enough) {
        account.feed(worker->host);
        if (random() % 16 == 0) account.take_back(worker->host);
        REQUIRE(account.collect(worker->host));
        std::this_thread::yield();
      }
      account.feed(worker->host);
      const auto moment = std::chrono::steady_clock::now() +
                          std::chrono::nanoseconds(random() % (1U << (random() % 16)));
      while (std::chrono::steady_clock::now() < moment) {
        REQUIRE(account.collect(worker->host));
        account.feed(worker->host);
      }
      if (deaths == kills) {
        while (!account.is_settled()) {
          account.feed(worker->host);
          tests::sleep_until(doorbell, worker->host.view().worker_words(), [&] {
            const std::uint64_t before = account.settled();
            REQUIRE(account.collect(worker->host));
            return account.settled() != before || !worker->host.full();
          });
        }
        break;
      }
      REQUIRE(::kill(worker->pid, SIGKILL) == 0);
      const int status = worker->await_end();
      REQUIRE(WIFSIGNALED(status));
      ++deaths;
      REQUIRE(account.recover(worker->host));
      worker = std::make_unique<Worker>(doorbell);
    }
    CHECK(account.settled() == items);
    CHECK(account.each_item_once());
    CHECK(account.wrong_values() == 0);
    CHECK(account.deaths_charged() <= static_cast<std::uint64_t>(deaths));

    // The capacity, counted.
    worker->host.ask_retire();
    const int status = worker->await_end();
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    std::uint32_t windows = 0;
    while (worker->host.take_window() != kNoWindow) ++windows;
    CHECK(windows == 4);
    std::uint32_t cells = 0;
    for (; !worker->host.full(); ++cells) {
      worker->host.next_cell().count = 1;
      worker->host.push(cells);
    }
    CHECK(cells == 4);
  }
  CHECK(deaths == kills);
  CHECK(tests::open_descriptors() == descriptors_before);
}
