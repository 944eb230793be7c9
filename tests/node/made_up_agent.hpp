// SPDX-License-Identifier: Apache-2.0
//
// An agent without processes: the other end of a RemoteSite's socket, which answers when the test
// says so. Its function puts "!" behind a line; a line "bad" fails, and a line "node!" takes the
// agent down when it is run.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/base/epoll.hpp"
#include "core/node/connection.hpp"
#include "core/node/messages.hpp"

namespace forkmap::testing {

class MadeUpAgent {
 public:
  explicit MadeUpAgent(base::UniqueFd socket) : connection_(std::move(socket), epoll_.get()) {}

  void send(node::Message message);
  void hello(const node::Hello& hello) { send(to_message(hello)); }
  // Takes what has come. One that is stopped, or dead, takes nothing.
  void hear();
  // Runs so many of its rows, the oldest first, and sends their outcomes as one part each run of a
  // block. Returns how many it has run.
  std::uint32_t run(std::uint32_t rows);
  void beat() { send(to_message(node::Beat{})); }
  void die();
  void stop(bool on) { is_stopped_ = on; }

  [[nodiscard]] bool is_dead() const { return is_dead_; }
  [[nodiscard]] bool is_stopped() const { return is_stopped_; }
  [[nodiscard]] bool sees_end() const { return connection_.is_over(); }
  [[nodiscard]] std::uint32_t rows() const;  // that it has and has not run
  [[nodiscard]] const std::vector<std::uint32_t>& block_sizes() const { return block_sizes_; }
  [[nodiscard]] const std::vector<node::FrameType>& heard() const { return heard_; }
  [[nodiscard]] const std::vector<node::OpenMap>& opened() const { return opened_; }
  [[nodiscard]] const std::multiset<std::string>& lines_run() const { return lines_run_; }
  [[nodiscard]] std::size_t heard_of(node::FrameType type) const;
  std::uint32_t epoch = 1;

 private:
  struct Held {
    std::uint64_t block;
    std::uint64_t index;
    bool wants_columns;
    std::uint32_t row;  // the next one
    std::vector<std::string> lines;
  };
  base::UniqueFd epoll_ = base::new_epoll();
  node::Connection connection_;
  std::deque<Held> held_;
  std::vector<std::uint32_t> block_sizes_;
  std::vector<node::FrameType> heard_;
  std::vector<node::OpenMap> opened_;
  std::multiset<std::string> lines_run_;
  bool is_dead_ = false;
  bool is_stopped_ = false;

  void take(node::Message&& message);
  void give_back(std::uint64_t block);
};

}  // namespace forkmap::testing
