// SPDX-License-Identifier: Apache-2.0
//
// Two sites with zygotes and workers of their own as one pool. One of them fails while they work.
#include "core/site/fleet.hpp"

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <csignal>
#include <forkmap/registry.hpp>
#include <memory>
#include <vector>

#include "core/pool/local_site.hpp"
#include "core/pool/loop.hpp"
#include "tests/catch.hpp"
#include "tests/pool/engine_team.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

namespace {

constexpr std::int64_t kFleetItems = 4000;

// How often each item was begun, in memory that all workers share.
class ItemRuns {
 public:
  ItemRuns() {
    void* const memory =
        ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    counts_ = static_cast<std::atomic<int>*>(memory);
  }
  ItemRuns(const ItemRuns&) = delete;
  ItemRuns& operator=(const ItemRuns&) = delete;
  ~ItemRuns() { ::munmap(counts_, kBytes); }
  [[nodiscard]] std::atomic<int>& of(std::int64_t item) const { return counts_[item]; }

 private:
  static constexpr std::size_t kBytes = kFleetItems * sizeof(std::atomic<int>);
  std::atomic<int>* counts_ = nullptr;
};

// A pool of two sites on this machine.
class TwoSites {
 public:
  TwoSites() {
    registry.add("square", [this](std::int64_t x) {
      // Relaxed: read after the workers have ended.
      runs.of(x).fetch_add(1, std::memory_order_relaxed);
      return x * x;
    });
    PoolOptions options;
    options.workers = 2;
    loop = std::make_shared<pool::Loop>(
        registry.table(), options, nullptr, [this](const pool::Loop::Means& means) {
          std::vector<std::unique_ptr<pool::Site>> made;
          for (pool::LocalSite*& site : sites) {
            auto one = std::make_unique<pool::LocalSite>(means.settings, means.events, means.ledger,
                                                         nullptr, means.owner);
            site = one.get();
            made.push_back(std::move(one));
          }
          return std::make_unique<pool::Fleet>(means.ledger, std::move(made));
        });
    loop->start();
    while (sites[0]->state() != pool::Site::State::serving ||
           sites[1]->state() != pool::Site::State::serving) {
      loop->wait_step(1s, -1);
    }
  }

  [[nodiscard]] std::shared_ptr<pool::Map> open(bool once) {
    pool::MapRequest request;
    request.function = &registry.table().resolve("square");
    request.source = std::make_unique<IntegerSource>(0, kFleetItems);
    request.options.once = once;
    return loop->open(std::move(request));
  }

  // One step, and what has come by then: values, and the positions that failed.
  void read_some(pool::Map& map) {
    loop->wait_step(1s, -1);
    while (map.results().has_batch()) {
      ResultBatch batch = map.results().take_batch();
      loop->ledger().note_read(map, batch);
      REQUIRE(batch.first == read);  // in order, and so each once
      const auto* const values = static_cast<const std::int64_t*>(batch.columns[0].values);
      for (std::uint32_t item = 0; item < batch.count; ++item, ++read) {
        if (batch.status[item] != FORKMAP_STATUS_VALUE) continue;
        REQUIRE(values[item] == static_cast<std::int64_t>(read * read));
      }
      for (ItemError& error : batch.errors) errors.push_back(std::move(error));
      loop->ledger().memory().take_back(std::move(batch));
    }
  }

  // Its zygote is killed, and workers like its own cannot be forked any more.
  void end_site(std::size_t which) {
    registry.add("newer", [](std::int64_t x) { return x; });
    REQUIRE(::kill(sites[which]->zygote_pid(), SIGKILL) == 0);
  }

  ItemRuns runs;
  Registry registry;
  std::array<pool::LocalSite*, 2> sites{};
  std::shared_ptr<pool::Loop> loop;
  std::uint64_t read = 0;
  std::vector<ItemError> errors;
};

}  // namespace

TEST_CASE("the work of a site that fails is done by the other") {
  const std::size_t failing = GENERATE(0U, 1U);
  const std::uint64_t read_before = GENERATE(0U, 1U, 500U);
  CAPTURE(failing, read_before);
  TwoSites team;
  const auto map = team.open(false);
  while (team.read < read_before) team.read_some(*map);
  team.end_site(failing);
  while (team.read < kFleetItems) team.read_some(*map);
  CHECK(team.errors.empty());
  CHECK(map->settled());
  while (!team.sites[failing]->has_failed()) team.loop->wait_step(1s, -1);
  CHECK_FALSE(team.loop->broken());
  CHECK(team.sites[1 - failing]->state() == pool::Site::State::serving);
  CHECK(team.loop->ledger().workers() == 2);
}

TEST_CASE("an item that is marked once is begun once, though its site has failed") {
  const std::uint64_t read_before = GENERATE(0U, 1U, 500U);
  CAPTURE(read_before);
  TwoSites team;
  const auto map = team.open(true);
  while (team.read < read_before) team.read_some(*map);
  team.end_site(0);
  while (team.read < kFleetItems) team.read_some(*map);
  for (std::int64_t item = 0; item < kFleetItems; ++item) {
    REQUIRE(team.runs.of(item).load(std::memory_order_relaxed) <= 1);
  }
  // At most one for each worker that was killed.
  CHECK(team.errors.size() <= 2);
  for (const ItemError& error : team.errors) CHECK(error.kind == ErrorKind::worker_died);
}

TEST_CASE("a pool whose last site fails is broken, and says why the last one did") {
  TwoSites team;
  const auto map = team.open(false);
  team.end_site(0);
  REQUIRE(::kill(team.sites[1]->zygote_pid(), SIGKILL) == 0);
  while (!team.loop->broken()) team.read_some(*map);
  CHECK(team.loop->broken_why().find("has moved on from generation") != std::string::npos);
  CHECK(map->settled());
  while (map->results().has_batch()) team.read_some(*map);
  CHECK(team.read == map->fed());
  for (const ItemError& error : team.errors) CHECK(error.kind == ErrorKind::not_run);
}

}  // namespace forkmap::testing
