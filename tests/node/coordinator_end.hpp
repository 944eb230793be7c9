// SPDX-License-Identifier: Apache-2.0
//
// The coordinator's end of a connection, driven by a test: it says what the test wants, and keeps
// what the agent answers.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/epoll.hpp"
#include "core/node/connection.hpp"
#include "core/node/messages.hpp"
#include "core/node/node_event.hpp"
#include "core/node/result_image.hpp"
#include "core/node/wire.hpp"
#include "core/types/signature.hpp"
#include "tests/catch.hpp"

namespace forkmap::testing {

inline node::Block block_of(std::uint64_t number, std::uint64_t map, std::uint64_t index,
                            const std::vector<std::string>& lines) {
  node::Block block{.number = number,
                    .map = map,
                    .index = index,
                    .count = static_cast<std::uint32_t>(lines.size())};
  node::WireWriter out(block.lines);
  for (const std::string& line : lines) out.put(line);
  return block;
}

class CoordinatorEnd {
 public:
  explicit CoordinatorEnd(base::UniqueFd socket) : connection(std::move(socket), epoll_.get()) {}

  void send(node::Message message) {
    message.epoch = 1;
    message.peer = 1;
    connection.send(message);
    connection.flush();
  }
  void welcome(node::Welcome welcome = {}) { send(to_message(welcome)); }
  void open(std::uint64_t map, const std::string& function, const std::string& signature,
            bool wants_columns = false) {
    send(to_message(node::OpenMap{
        .map = map, .function = function, .signature = signature, .wants_columns = wants_columns}));
  }

  // Takes what has come.
  void hear() {
    connection.flush();
    connection.receive();
    while (auto message = connection.next()) take(std::move(*message));
    REQUIRE(connection.fault().empty());
  }

  base::UniqueFd epoll_ = base::new_epoll();
  node::Connection connection;
  std::vector<node::Hello> hellos;
  std::vector<node::Beat> beats;
  std::vector<node::ReturnedRows> returned;
  std::vector<node::Bye> byes;
  std::vector<node::Printed> printed;
  std::vector<node::Crash> crashes;
  std::vector<node::NodeEvents> events;
  std::size_t messages_of_parts = 0;
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::string> lines;  // by block and row
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::int64_t> values;
  std::map<std::pair<std::uint64_t, std::uint32_t>, ItemError> errors;
  [[nodiscard]] std::string printed_bytes() const {
    std::string bytes;
    for (const node::Printed& one : printed) bytes += one.bytes;
    return bytes;
  }
  [[nodiscard]] std::size_t outcomes() const {
    return lines.size() + values.size() + errors.size();
  }

 private:
  void take(node::Message&& message) {
    switch (message.type) {
      case node::FrameType::hello:
        REQUIRE(from_message(message, hellos.emplace_back()).empty());
        return;
      case node::FrameType::beat:
        REQUIRE(from_message(message, beats.emplace_back()).empty());
        return;
      case node::FrameType::returned:
        REQUIRE(from_message(message, returned.emplace_back()).empty());
        return;
      case node::FrameType::bye:
        REQUIRE(from_message(message, byes.emplace_back()).empty());
        return;
      case node::FrameType::printed:
        REQUIRE(from_message(message, printed.emplace_back()).empty());
        return;
      case node::FrameType::crash:
        REQUIRE(from_message(message, crashes.emplace_back()).empty());
        return;
      case node::FrameType::events:
        REQUIRE(from_message(message, events.emplace_back()).empty());
        return;
      case node::FrameType::parts: {
        node::Parts parts;
        REQUIRE(from_message(message, parts).empty());
        ++messages_of_parts;
        for (const node::BlockPart& part : parts.parts) keep(part);
        return;
      }
      default:
        FAIL("a message that no agent sends");
    }
  }

  void keep_value(const node::BlockPart& part, std::uint32_t row) {
    static const auto kTypes = types::parse_signature("(i64) -> i64").results;
    const auto count = static_cast<std::uint32_t>(part.status.size());
    REQUIRE(node::fault_of_image(part.columns, kTypes, count).empty());
    const auto layout = types::layout_columns(types::Part::results, kTypes, count);
    std::memcpy(&values[{part.block, part.row + row}],
                part.columns.data() + layout.offsets_bytes[0] + std::size_t{row} * 8, 8);
  }

  // Each row has one outcome.
  void keep(const node::BlockPart& part) {
    std::uint64_t begin = 0;
    auto error = part.errors.begin();
    for (std::uint32_t row = 0; row < part.status.size(); ++row) {
      const std::pair place(part.block, part.row + row);
      REQUIRE_FALSE(lines.contains(place));
      REQUIRE_FALSE(values.contains(place));
      REQUIRE_FALSE(errors.contains(place));
      if (part.status[row] == 0) {
        errors[place] = *error++;
      } else if (part.columns.empty()) {
        lines[place] = part.text.substr(begin, part.ends[row] - begin);
      } else {
        keep_value(part, row);
      }
      if (part.columns.empty()) begin = part.ends[row];
    }
  }
};

}  // namespace forkmap::testing
