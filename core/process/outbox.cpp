// SPDX-License-Identifier: Apache-2.0
#include "core/process/outbox.hpp"

#include <span>
#include <utility>

namespace forkmap::process {

namespace {

bool is_about_stopping(EventKind kind) noexcept {
  return kind == EventKind::stopped || kind == EventKind::continued;
}

}  // namespace

void Outbox::push(const Event& event, base::UniqueFd pidfd) {
  if (is_about_stopping(event.kind)) {
    for (Letter& letter : queue_) {
      if (is_about_stopping(letter.event.kind) && letter.event.worker == event.worker) {
        letter.event = event;
        return;
      }
    }
  }
  queue_.push_back({event, std::move(pidfd)});
}

SendResult Outbox::send_all(int socket) {
  while (!queue_.empty()) {
    const Letter& letter = queue_.front();
    const int fd = letter.pidfd.get();
    const auto descriptors = fd >= 0 ? std::span(&fd, 1) : std::span<const int>();
    const SendResult result = send_message(socket, letter.event, descriptors);
    if (result != SendResult::sent) return result;
    queue_.pop_front();
  }
  return SendResult::sent;
}

}  // namespace forkmap::process
