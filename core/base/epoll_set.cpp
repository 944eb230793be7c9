// SPDX-License-Identifier: Apache-2.0
#include "core/base/epoll_set.hpp"

#include <poll.h>
#include <sys/epoll.h>

#include <cerrno>

#include "core/base/system_error.hpp"

namespace forkmap::base {

EpollSet::EpollSet() {
  UniqueFd fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!fd) throw_system_error("create an epoll descriptor (epoll_create1)", errno);
  epoll_ = moved_high(std::move(fd));
}

void EpollSet::add(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    throw_system_error("watch a descriptor (epoll_ctl)", errno);
  }
}

void EpollSet::remove(int fd) noexcept { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

bool EpollSet::is_ready() const noexcept {
  pollfd ready{epoll_.get(), POLLIN, 0};
  return ::poll(&ready, 1, 0) != 0;
}

}  // namespace forkmap::base
