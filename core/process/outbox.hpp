// SPDX-License-Identifier: Apache-2.0
//
// Events of the zygote on their way to the host. The host may be busy elsewhere for as long as it
// likes; the zygote never waits for it. The queue is bounded by what there is to tell of each
// worker: answers to requests, one end, and one word about being stopped.
#pragma once

#include <deque>

#include "core/base/unique_fd.hpp"
#include "core/process/message_socket.hpp"
#include "core/process/zygote_protocol.hpp"

namespace forkmap::process {

class Outbox {
 public:
  // A `stopped` or `continued` takes the place of an unsent one of the same worker.
  void push(const Event& event, base::UniqueFd pidfd = {});

  // Sends in order until all is sent or the socket is full.
  SendResult send_all(int socket);

  [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }

 private:
  struct Letter {
    Event event;
    base::UniqueFd pidfd;
  };
  std::deque<Letter> queue_;
};

}  // namespace forkmap::process
