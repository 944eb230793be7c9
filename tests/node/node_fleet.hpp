// SPDX-License-Identifier: Apache-2.0
//
// This machine and two agents in processes of their own as one pool.
#pragma once

#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <forkmap/registry.hpp>
#include <limits>
#include <map>
#include <memory>
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

namespace forkmap::testing {

inline constexpr int kItems = 1000;

inline double third(double x) {
  return x == 5 ? std::numeric_limits<double>::signaling_NaN() : x / 3;
}

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
inline node::RemoteRules rules_for(NodeFault fault) {
  node::RemoteRules rules;
  if (fault == NodeFault::kill) return rules;
  rules.node_timeout = std::chrono::milliseconds(700);
  rules.suspect_after = std::chrono::milliseconds(200);
  rules.late_after = std::chrono::milliseconds(300);
  rules.beat_period = std::chrono::milliseconds(50);
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
            auto here = std::make_unique<pool::LocalSite>(means.settings, means.events,
                                                          means.ledger, nullptr, means.owner);
            local = here.get();
            sites.push_back(std::move(here));
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
    while (!remote->node(0).is_up() || !remote->node(1).is_up())
      loop->wait_step(std::chrono::seconds(1), -1);
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
    loop->wait_step(std::chrono::seconds(1), -1);
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
  pool::LocalSite* local = nullptr;  // null: this machine runs nothing
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

}  // namespace forkmap::testing
