// SPDX-License-Identifier: Apache-2.0
//
// This machine and others do maps together, and the output is that of one machine.
#include <cstring>
#include <map>
#include <set>

#include "tests/catch.hpp"
#include "tests/node/node_fleet.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

TEST_CASE("this machine and two others do one map together") {
  NodeFleet fleet;
  fleet.open();
  fleet.read_until(kItems);
  fleet.check();
  CHECK(fleet.remote->node(0).connection().sent_bytes() > 1000);  // rows went to both
  CHECK(fleet.remote->node(1).connection().sent_bytes() > 1000);
  CHECK(fleet.items_of(0) + fleet.items_of(1) + fleet.items_of(2) == kItems);
  fleet.loop->shutdown(Pending::finish);
  CHECK(fleet.agents[0]->wait() == 0);
  CHECK(fleet.agents[1]->wait() == 0);
}

TEST_CASE("other machines alone do a map") {
  NodeFleet fleet(NodeFault::kill, false);
  fleet.open();
  fleet.read_until(kItems);
  fleet.check();
  CHECK(fleet.items_of(0) == 0);
  // Item 600 has two attempts, and a block may be copied.
  REQUIRE(fleet.crashes.size() >= 2);
  for (const CrashReport& report : fleet.crashes) {
    CHECK(report.position == 600);
    CHECK(report.index == 600);
    CHECK(report.function == "slow");
    CHECK(report.signal == SIGKILL);
    CHECK(report.node > 0);
    CHECK(report.attempts == 2);
  }
}

TEST_CASE("nodes and their workers are shown before anything runs there") {
  NodeFleet fleet;
  const auto has_said_all = [&] {
    const auto nodes = fleet.remote->nodes(std::chrono::steady_clock::now());
    return nodes[0].round_trip && nodes[1].round_trip && fleet.remote->workers().size() == 2;
  };
  while (!has_said_all()) fleet.loop->wait_step(1s, -1);
  const std::vector<WorkerInfo> workers = fleet.remote->workers();
  CHECK(workers[0].node == 1);
  CHECK(workers[1].node == 2);
  CHECK(workers[0].pid != workers[1].pid);
  for (const node::NodeInfo& node : fleet.remote->nodes(std::chrono::steady_clock::now())) {
    CHECK(node.state == node::NodeState::up);
    CHECK(node.workers == 1);
    CHECK(node.workers_up == 1);
    CHECK(node.free_memory_bytes > 0);
    CHECK(node.last_beat >= 0ns);
  }
}

TEST_CASE("an observer is told of each item once, wherever it ran, and how workers end") {
  NodeFleet fleet;
  fleet.open();
  fleet.read_until(kItems);
  fleet.check();
  fleet.loop->shutdown(Pending::finish);
  std::map<std::uint64_t, std::uint32_t> runs;
  std::set<std::uint32_t> nodes;
  const auto now = std::chrono::steady_clock::now();
  for (const pool::TaskRan& ran : fleet.log.ran) {
    REQUIRE(ran.function->full_name == "slow");
    CHECK(ran.begun <= ran.ended);
    CHECK(ran.ended <= now);
    nodes.insert(ran.worker.node);
    for (std::uint32_t item = 0; item < ran.items; ++item) ++runs[ran.first_index + item];
  }
  CHECK(runs.size() == kItems - 1);  // all but the item that kills its worker
  if (fleet.remote->rows().counts().copied_blocks == 0) {
    for (const auto& [item, count] : runs) CHECK(count == 1);
  }
  CHECK(nodes.contains(1));
  CHECK(nodes.contains(2));
  const auto ended_on = [&](std::uint32_t node) {
    return std::ranges::any_of(fleet.log.gone, [node](const pool::WorkerGone& gone) {
      return gone.worker.node == node && gone.end == pool::WorkerEnd::left;
    });
  };
  CHECK(ended_on(1));
  CHECK(ended_on(2));
}

TEST_CASE("floats from other machines are those of this one, bit by bit") {
  NodeFleet fleet(NodeFault::kill, false);
  for (int number = 0; number < kItems; ++number) {
    fleet.read.lines.push_back(std::to_string(number));
  }
  pool::MapRequest request = request_of(fleet.registry.table().resolve("third"), fleet.read.lines);
  request.text_results = pool::TextResults::columns;
  const auto map = fleet.loop->open(std::move(request));
  std::uint64_t read = 0;
  while (read < kItems) {
    fleet.loop->wait_step(1s, -1);
    while (map->results().has_batch()) {
      ResultBatch batch = map->results().take_batch();
      fleet.loop->ledger().note_read(*map, batch);
      REQUIRE(batch.first == read);
      REQUIRE(batch.node > 0);
      for (std::uint32_t item = 0; item < batch.count; ++item, ++read) {
        REQUIRE(batch.status[item] == FORKMAP_STATUS_VALUE);
        double there = 0;
        std::memcpy(&there, static_cast<const double*>(batch.columns[0].values) + item, 8);
        const double here = third(static_cast<double>(read));
        REQUIRE(std::memcmp(&there, &here, sizeof(here)) == 0);
      }
    }
  }
}

namespace {

// 0, 1, 2, ... without an end, as a column.
class Doubles final : public ItemSource {
 public:
  Fill fill(InputBlock& block, std::size_t limit) override {
    while (block.count < limit) {
      static_cast<double*>(block.columns[0].values)[block.count++] = next_++;
    }
    return Fill::more;
  }
  std::uint64_t skip_too_large() override { return 0; }

 private:
  double next_ = 0;
};

}  // namespace

TEST_CASE("a map of columns runs on this machine, and breaks the pool when that cannot go on") {
  NodeFleet fleet;
  pool::MapRequest request;
  request.function = &fleet.registry.table().resolve("third");
  request.source = std::make_unique<Doubles>();
  const auto map = fleet.loop->open(std::move(request));
  std::uint64_t read = 0;
  const auto read_some = [&] {
    fleet.loop->wait_step(1s, -1);
    while (map->results().has_batch()) {
      ResultBatch batch = map->results().take_batch();
      fleet.loop->ledger().note_read(*map, batch);
      CHECK(batch.node == 0);
      read += batch.count;
    }
  };
  while (read < kItems) read_some();
  CHECK_FALSE(fleet.loop->broken());
  fleet.local->fail("the test wants it so");
  while (!fleet.loop->broken()) read_some();
  CHECK(fleet.loop->broken_why() ==
        "no other machine runs this map of third: its items are columns, and only text goes there; "
        "the test wants it so");
  while (!map->settled() || map->results().has_batch()) read_some();
  CHECK(read == map->fed());
}

TEST_CASE("where only other machines are left a map of columns breaks the pool") {
  NodeFleet fleet(NodeFault::kill, false);
  pool::MapRequest request = request_of(fleet.registry.table().resolve("third"), {"1"});
  request.text.reset();
  const auto map = fleet.loop->open(std::move(request));
  while (!fleet.loop->broken()) fleet.loop->wait_step(1s, -1);
  CHECK(fleet.loop->broken_why() ==
        "no other machine runs this map of third: its items are columns, and only text goes there");
  CHECK(map->settled());
  CHECK(map->cut_short);
}

TEST_CASE("a map that is cancelled ends on all machines, and the next one runs") {
  const bool gives_outcomes = GENERATE(false, true);
  CAPTURE(gives_outcomes);
  NodeFleet fleet;
  fleet.open();
  fleet.read_until(100);
  fleet.loop->cancel(*fleet.read.map, gives_outcomes, 20ms);
  while (!fleet.read.map->settled()) fleet.read_some();
  fleet.read.read_from(fleet.loop->ledger());
  if (gives_outcomes) CHECK(fleet.read.read == fleet.read.map->fed());
  for (const auto& [item, error] : fleet.read.errors) {
    CAPTURE(item, error.message, error.node);
    if (item == 600) continue;  // which kills its worker, if it has its turn
    if (error.message != "no sevens") CHECK(error.kind == ErrorKind::cancelled);
  }
  fleet.read = {};
  fleet.open();
  fleet.read_until(kItems);
  fleet.check();
  CHECK(fleet.notices.empty());
}

}  // namespace forkmap::testing
