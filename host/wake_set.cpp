// SPDX-License-Identifier: Apache-2.0
#include "host/wake_set.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/system_error.hpp"

namespace forkmap::host {

WakeSet::WakeSet() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) base::throw_system_error("create an epoll descriptor", errno);
}

bool WakeSet::wait_for(std::vector<Wanted> wanted) {
  std::erase_if(wanted, [](const Wanted& each) { return each.fd < 0; });
  if (wanted == wanted_) return true;
  for (const Wanted& each : wanted_) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, each.fd, nullptr);
  wanted_.clear();
  bool can_wait = true;
  for (const Wanted& each : wanted) {
    epoll_event event = {};
    event.events = each.to_write ? EPOLLOUT : EPOLLIN;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, each.fd, &event) == 0) {
      wanted_.push_back(each);
    } else if (errno == EPERM) {
      can_wait = false;
    } else {
      base::throw_system_error("wait for a descriptor", errno);
    }
  }
  return can_wait;
}

void WakeSet::add(int fd) {
  epoll_event event = {};
  event.events = EPOLLIN;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    base::throw_system_error("wait for a descriptor", errno);
  }
}

}  // namespace forkmap::host
