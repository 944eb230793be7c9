// SPDX-License-Identifier: Apache-2.0
//
// Answers requests at the status socket of a run, between the steps of the run's loop. Nothing
// here blocks.
//  S1 Only processes of the same user, or root's, are answered.
//  S2 At most kMostClients at a time; a new one takes the place of the one that was silent longest.
//  S3 What a client costs is bounded: one request each time, of kMostRequestBytes; and while it has
//     not taken its answer it is not listened to.
//  S4 However much is asked, a twentieth of the run's time at most goes into it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "host/watch/protocol.hpp"

namespace forkmap::host {

class StatusServer {
 public:
  using Clock = std::chrono::steady_clock;
  using Answer = std::function<std::string(const StatusRequest& request)>;
  static constexpr std::size_t kMostClients = 8;

  StatusServer();  // throws SystemError
  StatusServer(const StatusServer&) = delete;
  StatusServer& operator=(const StatusServer&) = delete;
  ~StatusServer();

  // To be waited for; -1 while it rests (S4), until wakes_in().
  [[nodiscard]] int awaited_fd(Clock::time_point now) const noexcept;
  [[nodiscard]] std::optional<std::chrono::nanoseconds> wakes_in(Clock::time_point now) const;
  // Does what can be done now, unless it rests.
  void serve(Clock::time_point now, const Answer& answer);

 private:
  struct Client {
    base::UniqueFd fd;
    std::string received;     // up to a newline
    std::string answer;       // what it has not taken yet
    Clock::time_point heard;  // when it came, or asked last
    bool waits_to_write = false;
    bool is_closed = false;
  };

  bool accept_some(Clock::time_point now);
  void attend(Client& client, Clock::time_point now, const Answer& answer);
  [[nodiscard]] bool take_request(Client& client, std::string& line);
  void send_answer(Client& client);
  void watch(Client& client, bool to_write);
  void drop(Client& client) noexcept;

  base::UniqueFd listener_;
  base::UniqueFd epoll_;
  std::vector<std::unique_ptr<Client>> clients_;
  Clock::time_point rests_until_{};
  bool has_requests_ = false;  // that were received, and have to wait for the next time
};

}  // namespace forkmap::host
