// SPDX-License-Identifier: Apache-2.0
//
// What a coordinator knows of one node, and its connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/node/connection.hpp"
#include "core/node/credit_policy.hpp"
#include "core/node/messages.hpp"
#include "core/node/node_clock.hpp"
#include "core/plugin/registry_table.hpp"

namespace forkmap::pool {
class Map;
}  // namespace forkmap::pool

namespace forkmap::node {

enum class NodeState : std::uint8_t {
  starting,  // no hello has come
  up,
  suspect,  // silent: it gets nothing new
  lost,
  left_out,  // it would run other code
  gone       // it was asked to leave, and did
};
[[nodiscard]] std::string_view to_string(NodeState state) noexcept;

// A map that is open at a node.
struct OpenedMap {
  std::weak_ptr<pool::Map> map;
  double row_ns = 0;            // of all workers of the node together; 0: not known
  bool is_measured = false;     // there; else it is what others say
  std::uint64_t last_rows = 0;  // of the last block
};

class RemoteNode {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `number`: from 1; `epoll` outlives it.
  RemoteNode(std::uint32_t number, std::string name, base::UniqueFd socket, int epoll)
      : number_(number), name_(std::move(name)), connection_(std::move(socket), epoll) {}

  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] Connection& connection() noexcept { return connection_; }
  [[nodiscard]] const Connection& connection() const noexcept { return connection_; }
  [[nodiscard]] bool is_up() const noexcept { return state == NodeState::up; }
  // Rows may be with it.
  [[nodiscard]] bool serves() const noexcept { return is_up() || state == NodeState::suspect; }
  [[nodiscard]] bool may_come() const noexcept { return state == NodeState::starting || serves(); }

  void send(Message&& message) {
    message.epoch = epoch;
    message.peer = number_;
    connection_.send(message);
  }
  // Items of the maps of a function that are open here: taken from their sources, not settled.
  [[nodiscard]] std::uint64_t items_open(const plugin::FunctionEntry& function) const noexcept;
  // Tasks of a process follow each other, also where what is known of its clock has changed.
  void keep_in_order(pid_t pid, TimePoint& begun, TimePoint& ended);
  void forget_worker(pid_t pid) noexcept { last_ends_.erase(pid); }
  // A beat was heard, and how much was done since another one.
  void note_beat(Beat&& told, TimePoint now);
  // Folds what a part says into the measure of its map.
  void note_time(std::uint64_t map, std::chrono::nanoseconds time, std::uint64_t rows) noexcept;

  NodeState state = NodeState::starting;
  std::uint32_t epoch = 1;
  std::uint32_t workers = 0;
  TimePoint last_heard{};
  Beat beat;                      // the last one
  TimePoint last_beat{};          // when it was heard; none: never
  std::vector<WorkerInfo> table;  // of workers, as a beat has told
  NodeClock clock;
  double items_per_second = 0;              // smoothed
  std::string why_ended;                    // lost, left out
  std::map<std::uint64_t, OpenedMap> maps;  // by number
  bool is_alone = false;                    // it has rows that may take it down, and gets no others
  bool was_asked_to_leave = false;
  std::uint64_t items = 0;          // outcomes that it has sent
  std::uint64_t late_messages = 0;  // of an epoch that is over
  std::uint64_t blocks = 0;         // that were sent to it
  std::uint64_t moved_rows = 0;     // that it had, without an outcome, when it was lost
  TimePoint ended_at{};             // lost, left out, gone

 private:
  std::uint32_t number_;
  std::string name_;
  Connection connection_;
  std::map<pid_t, TimePoint> last_ends_;  // of tasks, by worker
  std::uint64_t rated_items_ = 0;         // when their rate was looked at
  TimePoint rated_at_{};
};

}  // namespace forkmap::node
