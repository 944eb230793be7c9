// SPDX-License-Identifier: Apache-2.0
#include "core/pool/waiter.hpp"

#include <poll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
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

Waiter::Waiter(const lane::Doorbell& doorbell, int service_fd)
    : doorbell_(doorbell), service_fd_(service_fd) {
  base::UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) base::throw_system_error("create a timer (timerfd_create)", errno);
  timer_ = base::moved_high(std::move(timer));
  base::watch(epoll_.get(), doorbell_.fd());
  base::watch(epoll_.get(), service_fd_);
  base::watch(epoll_.get(), timer_.get());
}

Waiter::Woken Waiter::wait(TimePoint time, int also_fd) const noexcept {
  std::array<pollfd, 3> fds{pollfd{doorbell_.fd(), POLLIN, 0}, pollfd{service_fd_, POLLIN, 0},
                            pollfd{also_fd, POLLIN, 0}};
  const timespec timeout = until(time - TimePoint::clock::now(), {});
  const int found = ::ppoll(fds.data(), also_fd >= 0 ? 3 : 2, &timeout, nullptr);
  return {.by_time = found == 0,
          .bell = found < 0 || fds[0].revents != 0,
          .service = found < 0 || fds[1].revents != 0,
          .other = also_fd >= 0 && fds[2].revents != 0};
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
