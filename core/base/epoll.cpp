// SPDX-License-Identifier: Apache-2.0
#include "core/base/epoll.hpp"

#include <cerrno>
#include <utility>

#include "core/base/system_error.hpp"

namespace forkmap::base {

UniqueFd new_epoll() {
  UniqueFd fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!fd) throw_system_error("create an epoll descriptor (epoll_create1)", errno);
  return moved_high(std::move(fd));
}

bool try_watch(int epoll, int fd, std::uint32_t events) noexcept {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

void watch(int epoll, int fd, std::uint32_t events) {
  if (!try_watch(epoll, fd, events)) {
    throw_system_error("watch a descriptor (epoll_ctl)", errno);
  }
}

void unwatch(int epoll, int fd) noexcept { ::epoll_ctl(epoll, EPOLL_CTL_DEL, fd, nullptr); }

}  // namespace forkmap::base
