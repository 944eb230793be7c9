// SPDX-License-Identifier: Apache-2.0
//
// What the host sleeps on: the doorbell, the zygotes and pipes, a timer. As one descriptor for
// callers who wait in a loop of their own, too.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>

#include "core/base/epoll.hpp"
#include "core/lane/doorbell.hpp"

namespace forkmap::pool {

class Waiter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // The doorbell outlives it, and so does `service_fd`: all that is no lane. Throws SystemError.
  Waiter(const lane::Doorbell& doorbell, int service_fd);

  struct Woken {
    bool by_time = false;
    bool bell = false;
    bool service = false;
    bool other = false;  // `also_fd`
  };
  [[nodiscard]] Woken wait(TimePoint time, int also_fd) const noexcept;

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
  const lane::Doorbell& doorbell_;
  int service_fd_;
  base::UniqueFd epoll_ = base::new_epoll();
  base::UniqueFd timer_;
  std::atomic<bool> given_{false};
};

}  // namespace forkmap::pool
