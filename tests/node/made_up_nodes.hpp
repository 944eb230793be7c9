// SPDX-License-Identifier: Apache-2.0
//
// A ledger and a RemoteSite over agents without processes, driven in steps; the test says what time
// it is. Outcomes are held to what was asked for: each position once, in order.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/map/ledger.hpp"
#include "core/node/remote_site.hpp"
#include "tests/event_log.hpp"
#include "tests/node/made_up_agent.hpp"
#include "tests/node/read_map.hpp"

namespace forkmap::testing {

class MadeUpNodes {
 public:
  explicit MadeUpNodes(std::size_t count, node::RemoteRules rules = {}, bool says_hello = true);
  MadeUpNodes(const MadeUpNodes&) = delete;
  MadeUpNodes& operator=(const MadeUpNodes&) = delete;
  ~MadeUpNodes();

  [[nodiscard]] node::Hello hello(std::uint32_t workers = 2) const;
  // A map of these lines.
  ReadMap& open(std::vector<std::string> lines, MapOptions options = {},
                std::uint64_t index_stride = 1,
                pool::TextResults results = pool::TextResults::lines);
  void step();                               // of the site; agents hear, outcomes are read
  void wait(std::chrono::nanoseconds time);  // in steps, as a loop does
  // Agents run what they have until all maps are settled.
  void run_to_end(int rounds = 10000);
  void read();
  // Each line has its outcome: with "!", or the error that its text asks for.
  static void check(const ReadMap& read);
  [[nodiscard]] static std::vector<std::string> numbers(std::size_t count);

  plugin::RegistryTable table;
  PoolOptions pool_options;
  EventLog log;
  pool::Events events{&log};
  pool::Ledger ledger;
  std::vector<std::string> notices;
  std::vector<std::unique_ptr<MadeUpAgent>> agents;
  std::unique_ptr<node::RemoteSite> site;
  std::vector<std::unique_ptr<ReadMap>> maps;
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
};

}  // namespace forkmap::testing
