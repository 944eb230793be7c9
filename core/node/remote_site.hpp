// SPDX-License-Identifier: Apache-2.0
//
// Other machines as one site. Each has an agent, at the other end of a socket. Rows are sent in
// blocks, as many as a node runs in a moment, and their outcomes come in parts.
//  N1 A node whose connection ends, that is silent for too long, or that says what cannot be, is
//     lost, and stays so: its epoch is over, and what it still says is dropped. Its rows without
//     outcome run elsewhere; finished ones are kept.
//  N2 The block in front of a map is copied to another node when it is late; the first outcome of
//     a row counts, and others never reach the ledger.
//  N3 A function that may run once only is on a node with few rows, is not copied, and its rows
//     fail with their node.
//  N4 It fails with its last node.
// Only maps of text go to other machines, whatever form their results are to have.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/epoll.hpp"
#include "core/map/ledger.hpp"
#include "core/node/node_info.hpp"
#include "core/node/remote_node.hpp"
#include "core/node/remote_rows.hpp"
#include "core/node/remote_rules.hpp"
#include "core/node/remote_telling.hpp"
#include "core/site/events.hpp"
#include "core/site/site.hpp"

namespace forkmap::node {

struct NodeEntry {
  std::string name;  // "n3"
  base::UniqueFd socket;
  std::optional<Hello> hello = {};  // if it has been read from the socket already
};

class RemoteSite final : public pool::Site {
 public:
  using Clock = std::chrono::steady_clock;

  // `table`, `options`, `ledger` and `events` outlive it; one node or more. Throws SystemError.
  RemoteSite(const plugin::RegistryTable& table, const PoolOptions& options, pool::Ledger& ledger,
             const pool::Events& events, std::vector<NodeEntry> nodes, RemoteRules rules);

  // --- Site
  [[nodiscard]] State state() const override;
  [[nodiscard]] bool holds_work() const override { return rows_.holds_rows(); }
  [[nodiscard]] bool is_idle() const override;
  [[nodiscard]] bool wants_work() const override;
  [[nodiscard]] std::optional<pool::StallKind> stall() const override;
  [[nodiscard]] std::string unserved() const override;
  void begin(Clock::time_point now) override;
  bool step(pool::Look look, pool::StepTime time) override;
  [[nodiscard]] bool look_for_results() noexcept override { return false; }
  void see_items(Clock::time_point /*now*/) override {}  // agents see to theirs
  void announce_sleep() override {}                      // sockets tell by themselves
  void end_sleep(const Sleep& /*sleep*/) override {}
  [[nodiscard]] std::span<const int> fds() const noexcept override { return fds_; }
  void ring() const noexcept override;
  void drain() const noexcept override;
  [[nodiscard]] std::optional<Clock::time_point> next_deadline(
      Clock::time_point now) const override;
  void recall(pool::Map& map, Clock::time_point now) override;
  bool give_back() override;
  std::optional<Clock::duration> pause(bool on, Clock::time_point now) override;
  void leave() override;
  void end() override;

  // --- what only nodes have
  [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }
  [[nodiscard]] const RemoteNode& node(std::size_t place) const { return *nodes_[place]; }
  [[nodiscard]] const RemoteRows& rows() const noexcept { return rows_; }
  // Of all nodes that serve, as their beats have told: the first kMostBeatWorkers of each.
  [[nodiscard]] std::vector<WorkerInfo> workers() const;
  [[nodiscard]] std::vector<NodeInfo> nodes(Clock::time_point now) const;

 private:
  const plugin::RegistryTable& table_;
  const PoolOptions& options_;
  pool::Ledger& ledger_;
  RemoteRules rules_;
  base::UniqueFd epoll_ = base::new_epoll();  // all sockets, and the bell
  base::UniqueFd bell_;
  std::array<int, 1> fds_{epoll_.get()};
  std::vector<std::unique_ptr<RemoteNode>> nodes_;
  std::vector<std::optional<Hello>> early_hellos_;  // by place, until begin()
  RemoteRows rows_;
  RemoteTelling telling_;
  State state_ = State::coming_up;  // so it stays until it is to leave
  int width_ = 0;                   // that the ledger knows of
  std::uint64_t steps_ = 0;
  std::size_t first_node_ = 0;                       // to take rows in the next step
  std::size_t next_row_ = 0;                         // of maps; they take turns
  bool rows_came_back_ = false;                      // in this step: they are for other sites first
  const plugin::FunctionEntry* unserved_ = nullptr;  // of a map that was met in this step
  double row_bytes_ = 0;                             // of a line, smoothed
  std::optional<Clock::time_point> paused_at_;
  Clock::time_point last_look_{};  // at silence
  Clock::time_point next_ping_{};

  // --- what comes
  bool receive(Clock::time_point now);
  void take(RemoteNode& node, Message&& message, Clock::time_point now);
  void welcome(RemoteNode& node, const Hello& hello);
  [[nodiscard]] Fault take_parts(RemoteNode& node, const Message& message, Clock::time_point now);
  void note_answers(RemoteNode& node);
  // --- what time brings
  static void send_ping(RemoteNode& node, Clock::time_point now);
  void look_at_silence(Clock::time_point now);
  void copy_late_blocks(Clock::time_point now);
  void close_settled_maps();
  // --- what goes out
  bool feed(Clock::time_point now);
  bool give(RemoteNode& node, Clock::time_point now);
  [[nodiscard]] const RemoteNode* next_for_suspects() const noexcept;
  bool give_suspect(RemoteNode& node, Clock::time_point now);
  bool give_returned(RemoteNode& node, Clock::time_point now);
  bool give_next(RemoteNode& node, Clock::time_point now);
  bool give_from(const std::shared_ptr<pool::Map>& map, RemoteNode& node, std::uint64_t rows,
                 Clock::time_point now);
  void send(RemoteNode& node, pool::Returned&& rows, Clock::time_point now);
  void send_sending(RemoteNode& node, std::uint64_t number);
  OpenedMap& open(RemoteNode& node, pool::Map& map);
  void flush();
  // --- ends
  void lose(RemoteNode& node, const std::string& why);
  void leave_out(RemoteNode& node, const std::string& why);
  void note_end_of(RemoteNode& node, NodeState state, const std::string& why);
  void ask_to_leave();
  void set_width();

  [[nodiscard]] std::size_t place_of(const RemoteNode& node) const noexcept {
    return node.number() - 1;
  }
  [[nodiscard]] bool may_take(const RemoteNode& node) const noexcept;
  [[nodiscard]] static OpenedMap opened_as(const RemoteNode& node, const pool::Map& map);
  [[nodiscard]] std::uint64_t credit(const RemoteNode& node, const pool::Map& map) const;
  [[nodiscard]] bool note_served(const pool::Map& map) noexcept;
  [[nodiscard]] std::string name_of(std::uint32_t number) const;
  [[nodiscard]] std::uint32_t nodes_up() const noexcept;
};

}  // namespace forkmap::node
