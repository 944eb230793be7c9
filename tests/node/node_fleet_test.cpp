// SPDX-License-Identifier: Apache-2.0
//
// This machine and two agents in processes of their own as one pool. Agents are killed, stopped and
// let go on at any point: N items in, N outcomes out, and the output is that of one machine.
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <forkmap/registry.hpp>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "core/node/remote_site.hpp"
#include "core/pool/local_site.hpp"
#include "core/pool/loop.hpp"
#include "core/site/fleet.hpp"
#include "tests/catch.hpp"
#include "tests/event_log.hpp"
#include "tests/node/agent_process.hpp"
#include "tests/node/read_map.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

namespace {

constexpr int kItems = 1000;

double third(double x) { return x == 5 ? std::numeric_limits<double>::signaling_NaN() : x / 3; }

// A registry whose functions all machines have.
class Functions {
 public:
  Functions() {
    registry.add("slow", [](std::int64_t x) {
      ::usleep(100);
      if (x % 400 == 7) throw std::runtime_error("no sevens");
      if (x == 600) ::raise(SIGKILL);
      return x * x;
    });
    registry.add("third", third);
    registry.add("echo", [](std::string_view text) {
      ::usleep(100);
      return std::string(text);
    });
  }
  Registry registry;
};

enum class NodeFault : std::uint8_t { kill, stop, pause };

// With silent agents the tests want no patience; others must not lose one to a busy machine.
node::RemoteRules rules_for(NodeFault fault) {
  node::RemoteRules rules;
  if (fault == NodeFault::kill) return rules;
  rules.node_timeout = 700ms;
  rules.suspect_after = 200ms;
  rules.late_after = 300ms;
  rules.beat_period = 50ms;
  return rules;
}

class NodeFleet : public Functions {
 public:
  explicit NodeFleet(NodeFault fault = NodeFault::kill, bool has_local = true) {
    node::RemoteRules rules = rules_for(fault);
    rules.notice = [this](std::string_view text) { notices.emplace_back(text); };
    rules.crashed = [this](const CrashReport& report) { crashes.push_back(report); };
    for (auto& agent : agents) {
      const std::string name = "n" + std::to_string(&agent - agents.data() + 1);
      agent = std::make_unique<AgentProcess>(registry.table(), 1, name);
    }
    PoolOptions options;
    options.workers = 1;
    loop = std::make_shared<pool::Loop>(
        registry.table(), options, &log, [&](const pool::Loop::Means& means) {
          std::vector<std::unique_ptr<pool::Site>> sites;
          if (has_local) {
            sites.push_back(std::make_unique<pool::LocalSite>(means.settings, means.events,
                                                              means.ledger, nullptr, means.owner));
          }
          std::vector<node::NodeEntry> nodes;
          nodes.push_back({"n1", agents[0]->take_socket()});
          nodes.push_back({"n2", agents[1]->take_socket()});
          auto site = std::make_unique<node::RemoteSite>(registry.table(), means.settings.options(),
                                                         means.ledger, means.events,
                                                         std::move(nodes), std::move(rules));
          remote = site.get();
          sites.push_back(std::move(site));
          return std::make_unique<pool::Fleet>(means.ledger, std::move(sites));
        });
    loop->start();
    while (!remote->node(0).is_up() || !remote->node(1).is_up()) loop->wait_step(1s, -1);
  }

  void open(MapOptions options = {}) {
    for (int number = 0; number < kItems; ++number) read.lines.push_back(std::to_string(number));
    open("slow", options);
  }
  void open_echo() {
    for (int number = 0; number < kItems; ++number) {
      read.lines.emplace_back(15'000, static_cast<char>('a' + number % 26));
    }
    open("echo", {});
  }
  void read_some() {
    loop->wait_step(1s, -1);
    read.read_from(loop->ledger());
  }
  void read_until(std::uint64_t count) {
    while (read.read < count) read_some();
  }
  // As one machine would have it.
  void check() const {
    REQUIRE(read.map->settled());
    REQUIRE(read.read == kItems);
    for (std::uint64_t item = 0; item < kItems; ++item) {
      if (item % 400 == 7) {
        REQUIRE(read.errors.at(item).message == "no sevens");
      } else if (item == 600) {
        REQUIRE(read.errors.at(item).kind == ErrorKind::worker_died);
      } else {
        REQUIRE(read.texts.at(item) == std::to_string(item * item) + "\n");
      }
    }
    REQUIRE(read.errors.size() == 4);
  }
  [[nodiscard]] std::uint64_t items_of(std::uint32_t node) const {
    std::uint64_t count = 0;
    for (const auto& [item, where] : read.nodes) count += where == node ? 1U : 0U;
    return count;
  }

  void check_echo() const {
    REQUIRE(read.map->settled());
    REQUIRE(read.errors.empty());
    for (std::uint64_t item = 0; item < kItems; ++item) {
      REQUIRE(read.texts.at(item) == read.lines[item] + "\n");
    }
  }

  std::array<std::unique_ptr<AgentProcess>, 2> agents;
  std::vector<std::string> notices;
  std::vector<CrashReport> crashes;  // on other machines
  EventLog log;
  node::RemoteSite* remote = nullptr;
  std::shared_ptr<pool::Loop> loop;
  ReadMap read;

 private:
  void open(const char* function, MapOptions options) {
    pool::MapRequest request = request_of(registry.table().resolve(function), read.lines);
    request.options = options;
    read.map = loop->open(std::move(request));
  }
};

}  // namespace

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

TEST_CASE("an agent is killed, stopped, or stopped for a while, at any point of a run") {
  const NodeFault fault = GENERATE(NodeFault::kill, NodeFault::stop, NodeFault::pause);
  const std::uint64_t read_before = GENERATE(0U, 1U, 64U, 300U, 599U, 950U);
  CAPTURE(fault, read_before);
  NodeFleet fleet(fault);
  fleet.open();
  fleet.read_until(read_before);
  fleet.agents[0]->signal(fault == NodeFault::kill ? SIGKILL : SIGSTOP);
  if (fault == NodeFault::pause) {
    const auto end = std::chrono::steady_clock::now() + 400ms;
    while (std::chrono::steady_clock::now() < end && fleet.read.read < kItems) fleet.read_some();
    fleet.agents[0]->signal(SIGCONT);
  }
  fleet.read_until(kItems);
  fleet.check();
  CHECK_FALSE(fleet.loop->broken());
  if (fault == NodeFault::kill) {
    while (fleet.remote->node(0).state != node::NodeState::lost) fleet.read_some();
    CHECK(fleet.notices.size() == 1);
    CHECK(fleet.loop->ledger().workers() == 2);
  }
}

TEST_CASE("an agent is killed or stopped with long messages on their way") {
  const NodeFault fault = GENERATE(NodeFault::kill, NodeFault::stop, NodeFault::pause);
  const std::uint64_t read_before = GENERATE(0U, 100U, 500U);
  CAPTURE(fault, read_before);
  NodeFleet fleet(fault);
  fleet.open_echo();
  fleet.read_until(read_before);
  fleet.agents[1]->signal(fault == NodeFault::kill ? SIGKILL : SIGSTOP);
  if (fault == NodeFault::pause) {
    fleet.read_some();
    fleet.agents[1]->signal(SIGCONT);
  }
  fleet.read_until(kItems);
  fleet.check_echo();
}

TEST_CASE("with all agents killed this machine does the rest") {
  NodeFleet fleet;
  fleet.open();
  fleet.read_until(100);
  for (const auto& agent : fleet.agents) agent->signal(SIGKILL);
  fleet.read_until(kItems);
  fleet.check();
  CHECK(fleet.remote->has_failed());
  CHECK_FALSE(fleet.loop->broken());
}

TEST_CASE("without this machine a pool breaks with its last agent, and each item is told") {
  NodeFleet fleet(NodeFault::kill, false);
  fleet.open();
  fleet.read_until(100);
  for (const auto& agent : fleet.agents) agent->signal(SIGKILL);
  while (!fleet.loop->broken()) fleet.read_some();
  fleet.read.read_from(fleet.loop->ledger());
  CHECK(fleet.loop->broken_why().starts_with("no node is left; n1: its connection"));
  CHECK(fleet.read.map->settled());
  CHECK(fleet.read.read == fleet.read.map->fed());
}

TEST_CASE("items that may run once only are begun once, whatever becomes of their nodes") {
  const std::uint64_t read_before = GENERATE(0U, 1U, 200U);
  CAPTURE(read_before);
  NodeFleet fleet;
  MapOptions options;
  options.once = true;
  fleet.open(options);
  fleet.read_until(read_before);
  fleet.agents[1]->signal(SIGKILL);
  fleet.read_until(kItems);
  std::size_t lost = 0;
  for (const auto& [item, error] : fleet.read.errors) {
    if (error.kind == ErrorKind::node_lost) ++lost;
  }
  CHECK(lost <= 2);  // one that ran, and one that waited
  CHECK(fleet.read.errors.size() <= 4 + lost);
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

TEST_CASE("a pool that is paused for longer than nodes may be silent goes on") {
  NodeFleet fleet(NodeFault::pause);
  fleet.open();
  fleet.read_until(100);
  fleet.loop->pause(true);
  const auto end = std::chrono::steady_clock::now() + 1500ms;
  while (std::chrono::steady_clock::now() < end) fleet.read_some();
  CHECK(fleet.read.read < kItems);
  fleet.loop->pause(false);
  fleet.read_until(kItems);
  fleet.check();
}

TEST_CASE("agents are killed, stopped and let go on by chance") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    NodeFleet fleet(NodeFault::stop);
    fleet.open();
    std::array<bool, 2> is_alive{true, true};
    while (fleet.read.read < kItems) {
      fleet.read_some();
      if (random() % 40 != 0) continue;
      const std::size_t which = random() % 2;
      if (!is_alive[which]) continue;
      switch (random() % 4) {
        case 0:
          fleet.agents[which]->signal(SIGKILL);
          is_alive[which] = false;
          break;
        case 1:
          fleet.agents[which]->signal(SIGSTOP);
          break;
        default:
          fleet.agents[which]->signal(SIGCONT);
      }
    }
    fleet.check();
  }
}

TEST_CASE("agents leave with a coordinator that is gone") {
  NodeFleet fleet;
  fleet.open();
  fleet.read_until(10);
  fleet.loop->kill();
  CHECK(fleet.agents[0]->wait() == 1);
  CHECK(fleet.agents[1]->wait() == 1);
}

}  // namespace forkmap::testing
