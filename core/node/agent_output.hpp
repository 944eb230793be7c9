// SPDX-License-Identifier: Apache-2.0
//
// What the workers of an agent print, until it is sent.
//  O1 Nothing is lost to a slow reader: while kRestBytes wait for the coordinator to take them, the
//     agent's engine makes no step. So the pipes stay unread, and who prints waits, as on one
//     machine whose reader is slow.
//  O2 No more than kMostBytes are held. What comes all the same (a start hook prints before there
//     is a coordinator, and the dead leave last words) is cut, counted, and told.
#pragma once

#include <cstdint>
#include <deque>
#include <forkmap/options.hpp>
#include <functional>

#include "core/node/connection.hpp"
#include "core/node/messages.hpp"

namespace forkmap::node {

class AgentOutput {
 public:
  static constexpr std::uint64_t kRestBytes = std::uint64_t{1} << 20U;
  static constexpr std::uint64_t kMostBytes = std::uint64_t{8} << 20U;

  // Options of an engine whose workers' output comes here. This outlives that engine.
  [[nodiscard]] PoolOptions taken_over(PoolOptions options);
  void add(std::string_view bytes);
  void add_line(int worker, pid_t pid, std::string_view line);
  // All that is here; `send` puts it into this connection.
  void send(const Connection& connection, const std::function<void(Message&&)>& send);
  // O1
  [[nodiscard]] bool must_rest(const Connection& connection);

 private:
  struct Sent {
    std::uint64_t end;  // in the stream of the connection
    std::uint64_t bytes;
  };
  std::deque<Printed> held_;  // a message each
  std::uint64_t held_bytes_ = 0;
  std::deque<Sent> sent_;  // given to the connection, which has them still
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t cut_bytes_ = 0;

  // Where so many bytes more have a place; null: nowhere.
  [[nodiscard]] Printed* place_for(std::uint64_t bytes);
};

}  // namespace forkmap::node
