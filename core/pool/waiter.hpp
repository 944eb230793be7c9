// SPDX-License-Identifier: Apache-2.0
//
// What the host sleeps on: the descriptors of its site, and a timer. As one descriptor for callers
// who wait in a loop of their own, too.
#pragma once

#include <poll.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "core/base/epoll.hpp"

namespace forkmap::pool {

class Waiter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // The descriptors outlive it. Throws SystemError.
  explicit Waiter(std::span<const int> fds);

  struct Woken {
    bool by_time = false;
    bool other = false;  // `also_fd` is readable
  };
  Woken wait(TimePoint time, int also_fd) noexcept;
  // The descriptors, as the last wait() has found them.
  [[nodiscard]] std::span<const pollfd> ready() const noexcept {
    return std::span(fds_).first(fds_.size() - 1);
  }

  // Readable when one of them is, or the timer is due.
  [[nodiscard]] int fd() const noexcept { return epoll_.get(); }
  void arm(std::optional<TimePoint> deadline);  // throws SystemError
  void arm_at_once() noexcept;

  // Somebody has the descriptor. Any thread may take it: nothing is read by way of that.
  [[nodiscard]] bool is_given() const noexcept { return given_.load(std::memory_order_relaxed); }
  // True the first time.
  bool give() noexcept { return !given_.exchange(true, std::memory_order_relaxed); }
  void forget() noexcept { given_.store(false, std::memory_order_relaxed); }

 private:
  std::vector<pollfd> fds_;  // and `also_fd`, behind them
  base::UniqueFd epoll_ = base::new_epoll();
  base::UniqueFd timer_;
  std::atomic<bool> given_{false};
};

}  // namespace forkmap::pool
