// SPDX-License-Identifier: Apache-2.0
//
// One end of a stream of messages: a socket that never blocks. What the other end does not take
// waits here, and its owner looks at how much that is before it sends more.
//  C1 No call waits. A connection that is over stays so; it keeps the messages that have come.
//  C2 It is in its owner's epoll while it is open: readable, and writable where something waits.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/node/frame.hpp"

namespace forkmap::node {

class Connection {
 public:
  // A stream socket; `epoll` outlives this. Throws SystemError.
  Connection(base::UniqueFd socket, int epoll);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // It is sent at the next flush(); dropped where the connection is over.
  void send(const Message& message);
  // As much as the socket takes.
  void flush();
  // Takes what has come, to a bound. True: there may be messages.
  bool receive();
  [[nodiscard]] std::optional<Message> next() { return reader_.next(); }

  // Why what comes is no message any more; empty: it is.
  [[nodiscard]] const std::string& fault() const noexcept { return reader_.fault(); }

  // Nothing can be sent, and nothing comes any more but what next() gives.
  [[nodiscard]] bool is_over() const noexcept { return !socket_; }
  // Why it is over.
  [[nodiscard]] const std::string& why_over() const noexcept { return why_over_; }
  [[nodiscard]] std::uint64_t unsent_bytes() const noexcept { return unsent_bytes_; }
  // Nobody is told any more; the other end sees the end of the stream.
  void close(const std::string& why);
  // Sends nothing more, and goes on to receive; the other end sees the end of the stream.
  void close_sending();

  [[nodiscard]] std::uint64_t sent_bytes() const noexcept { return sent_bytes_; }
  [[nodiscard]] std::uint64_t received_bytes() const noexcept { return received_bytes_; }

 private:
  base::UniqueFd socket_;
  int epoll_;
  FrameReader reader_;
  std::deque<std::vector<std::byte>> unsent_;  // frames of one message, or of several small ones
  std::size_t sent_of_first_ = 0;
  std::uint64_t unsent_bytes_ = 0;
  bool awaits_room_ = false;  // in the epoll for that, too
  bool sends_ = true;
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t received_bytes_ = 0;
  std::string why_over_;

  void await_room(bool on);
  void drop_unsent();
};

}  // namespace forkmap::node
