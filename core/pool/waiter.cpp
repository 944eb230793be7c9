// SPDX-License-Identifier: Apache-2.0
#include "core/pool/waiter.hpp"

#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/system_error.hpp"

namespace forkmap::pool {

namespace {

timespec until(std::chrono::nanoseconds time, std::chrono::nanoseconds least) noexcept {
  using namespace std::chrono_literals;
  const auto left = std::max(time, least);
  timespec spec{};
  spec.tv_sec = left / 1s;
  spec.tv_nsec = (left % 1s).count();
  return spec;
}

}  // namespace

Waiter::Waiter(std::span<const int> fds) {
  base::UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) base::throw_system_error("create a timer (timerfd_create)", errno);
  timer_ = base::moved_high(std::move(timer));
  base::watch(epoll_.get(), timer_.get());
  for (const int fd : fds) {
    base::watch(epoll_.get(), fd);
    fds_.push_back({fd, POLLIN, 0});
  }
  fds_.push_back({-1, POLLIN, 0});
}

Waiter::Woken Waiter::wait(TimePoint time, int also_fd) noexcept {
  fds_.back().fd = also_fd;  // none, where it is negative
  const timespec timeout = until(time - TimePoint::clock::now(), {});
  const int found = ::ppoll(fds_.data(), fds_.size(), &timeout, nullptr);
  if (found < 0) {  // a signal: everything is looked at
    for (pollfd& fd : fds_) fd.revents = POLLIN;
    fds_.back().revents = 0;
  }
  return {.by_time = found == 0, .other = fds_.back().revents != 0};
}

void Waiter::arm(std::optional<TimePoint> deadline) {
  itimerspec setting{};
  if (deadline) {
    setting.it_value = until(*deadline - TimePoint::clock::now(), std::chrono::nanoseconds(1));
  }
  if (::timerfd_settime(timer_.get(), 0, &setting, nullptr) != 0) {
    base::throw_system_error("set a timer (timerfd_settime)", errno);
  }
}

void Waiter::arm_at_once() noexcept {
  itimerspec at_once{};
  at_once.it_value.tv_nsec = 1;
  ::timerfd_settime(timer_.get(), 0, &at_once, nullptr);  // of a timer that is ours: succeeds
}

}  // namespace forkmap::pool
