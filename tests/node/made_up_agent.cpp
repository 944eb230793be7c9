// SPDX-License-Identifier: Apache-2.0
#include "tests/node/made_up_agent.hpp"

#include <algorithm>
#include <optional>

#include "core/node/wire.hpp"
#include "tests/catch.hpp"
#include "tests/node/text_results.hpp"

namespace forkmap::testing {

void MadeUpAgent::send(node::Message message) {
  message.epoch = epoch;
  message.peer = 1;
  connection_.send(message);
  connection_.flush();
}

void MadeUpAgent::hear() {
  if (is_dead_ || is_stopped_) return;
  connection_.flush();
  connection_.receive();
  while (auto message = connection_.next()) take(std::move(*message));
  REQUIRE(connection_.fault().empty());
}

void MadeUpAgent::take(node::Message&& message) {
  heard_.push_back(message.type);
  switch (message.type) {
    case node::FrameType::open:
      REQUIRE(from_message(message, opened_.emplace_back()).empty());
      return;
    case node::FrameType::block: {
      node::Block block;
      REQUIRE(from_message(std::move(message), block).empty());
      REQUIRE(std::ranges::count(opened_, block.map, &node::OpenMap::map) == 1);
      const auto open = std::ranges::find(opened_, block.map, &node::OpenMap::map);
      Held held{block.number, block.index, open->wants_columns, 0, {}};
      node::WireReader in(block.lines);
      for (std::uint32_t row = 0; row < block.count; ++row) in.get(held.lines.emplace_back());
      block_sizes_.push_back(block.count);
      held_.push_back(std::move(held));
      return;
    }
    case node::FrameType::recall: {
      node::RecallBlock recall;
      REQUIRE(from_message(message, recall).empty());
      return give_back(recall.block);
    }
    case node::FrameType::shutdown:
      send(to_message(node::Bye{}));
      connection_.close("it was asked to leave");
      is_dead_ = true;
      return;
    default:
      return;
  }
}

void MadeUpAgent::give_back(std::uint64_t block) {
  const auto held = std::ranges::find(held_, block, &Held::block);
  if (held == held_.end()) return;
  const auto count = static_cast<std::uint32_t>(held->lines.size()) - held->row;
  send(to_message(node::ReturnedRows{block, held->row, count}));
  held_.erase(held);
}

std::uint32_t MadeUpAgent::run(std::uint32_t rows) {
  if (is_dead_ || is_stopped_) return 0;
  std::uint32_t done = 0;
  node::Parts parts;
  while (done < rows && !held_.empty()) {
    Held& held = held_.front();
    node::BlockPart part;
    part.block = held.block;
    part.row = held.row;
    part.worker = 0;
    part.pid = 4711;
    std::vector<std::optional<std::string>> results;
    while (done < rows && held.row < held.lines.size()) {
      const std::string& line = held.lines[held.row];
      lines_run_.insert(line);
      if (line == "node!") {
        die();
        return done;
      }
      const bool is_value = line != "bad";
      if (is_value) {
        results.emplace_back(line + "!");
      } else {
        results.emplace_back(std::nullopt);
      }
      part.time += std::chrono::milliseconds(1);
      if (!is_value) {
        ItemError error;
        error.kind = ErrorKind::function_error;
        error.message = "bad indeed";
        error.index = held.index + held.row;
        part.errors.push_back(std::move(error));
      }
      ++held.row;
      ++done;
    }
    put_results(results, held.wants_columns, part);
    if (held.row == held.lines.size()) held_.pop_front();
    parts.parts.push_back(std::move(part));
  }
  if (done > 0) send(to_message(parts));
  return done;
}

void MadeUpAgent::die() {
  connection_.close("the test has killed it");
  held_.clear();
  is_dead_ = true;
}

std::uint32_t MadeUpAgent::rows() const {
  std::size_t rows = 0;
  for (const Held& held : held_) rows += held.lines.size() - held.row;
  return static_cast<std::uint32_t>(rows);
}

std::size_t MadeUpAgent::heard_of(node::FrameType type) const {
  return static_cast<std::size_t>(std::ranges::count(heard_, type));
}

}  // namespace forkmap::testing
