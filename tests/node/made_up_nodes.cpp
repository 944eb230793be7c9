// SPDX-License-Identifier: Apache-2.0
#include "tests/node/made_up_nodes.hpp"

#include <sys/socket.h>

#include "core/node/offers.hpp"
#include "tests/catch.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

MadeUpNodes::MadeUpNodes(std::size_t count, node::RemoteRules rules, bool says_hello)
    : ledger({.once = false,
              .retries = 1,
              .timeout = {},
              .in_flight_bytes = std::uint64_t{1} << 30U,
              .cell = {80, 32}}) {
  table.add_function("cry", "", types::parse_signature("(str) -> str"), {}, nullptr);
  rules.notice = [this](std::string_view text) { notices.emplace_back(text); };
  std::vector<node::NodeEntry> entries;
  for (std::size_t place = 0; place < count; ++place) {
    auto [ours, theirs] = base::make_socket_pair(SOCK_STREAM);
    entries.push_back({"n" + std::to_string(place + 1), std::move(ours)});
    agents.push_back(std::make_unique<MadeUpAgent>(std::move(theirs)));
  }
  site = std::make_unique<node::RemoteSite>(table, pool_options, ledger, events, std::move(entries),
                                            std::move(rules));
  site->begin(now);
  if (!says_hello) return;
  for (const auto& agent : agents) agent->hello(hello());
  step();
}

MadeUpNodes::~MadeUpNodes() {
  site->end();
  ledger.maps().clear();
}

node::Hello MadeUpNodes::hello(std::uint32_t workers) const {
  return node::hello_of(table, pool_options, "somewhere", static_cast<int>(workers));
}

ReadMap& MadeUpNodes::open(std::vector<std::string> lines, MapOptions options,
                           std::uint64_t index_stride, pool::TextResults results) {
  pool::MapRequest request = request_of(table.functions().front(), lines);
  request.options = options;
  request.index_stride = index_stride;
  request.text_results = results;
  maps.push_back(std::make_unique<ReadMap>());
  maps.back()->lines = std::move(lines);
  maps.back()->map = ledger.open({}, std::move(request));
  return *maps.back();
}

void MadeUpNodes::step() {
  site->drain();
  site->step(pool::Look::everything, pool::StepTime(now));
  for (const auto& agent : agents) agent->hear();
  read();
}

void MadeUpNodes::wait(std::chrono::nanoseconds time) {
  const auto end = now + time;
  while (now < end) {
    now = std::min(end, now + 100ms);
    step();
  }
}

void MadeUpNodes::run_to_end(int rounds) {
  for (int round = 0; round < rounds && !ledger.maps().all_settled(); ++round) {
    step();
    for (const auto& agent : agents) {
      if (agent->run(50) == 0 && !agent->is_dead() && !agent->is_stopped()) agent->beat();
    }
    now += 10ms;
  }
  step();
  REQUIRE(ledger.maps().all_settled());
}

void MadeUpNodes::read() {
  for (const auto& map : maps) map->read_from(ledger);
  ledger.maps().release_settled();
}

void MadeUpNodes::check(const ReadMap& read) {
  REQUIRE(read.map->settled());
  REQUIRE(read.read == read.lines.size());
  for (std::uint64_t item = 0; item < read.lines.size(); ++item) {
    const std::string& line = read.lines[item];
    if (line == "bad") {
      REQUIRE(read.errors.at(item).kind == ErrorKind::function_error);
    } else if (line == "node!") {
      REQUIRE(read.errors.at(item).kind == ErrorKind::node_lost);
    } else {
      REQUIRE(read.texts.at(item) == line + "!\n");
    }
  }
}

std::vector<std::string> MadeUpNodes::numbers(std::size_t count) {
  std::vector<std::string> lines;
  for (std::size_t number = 0; number < count; ++number) lines.push_back(std::to_string(number));
  return lines;
}

}  // namespace forkmap::testing
