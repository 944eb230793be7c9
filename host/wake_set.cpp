// SPDX-License-Identifier: Apache-2.0
#include "host/wake_set.hpp"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/epoll.hpp"
#include "core/base/system_error.hpp"

namespace forkmap::host {

WakeSet::WakeSet() : epoll_(base::new_epoll()) {}

void WakeSet::wait_for(std::vector<Wanted> wanted) {
  std::erase_if(wanted, [](const Wanted& each) { return each.fd < 0; });
  if (wanted == wanted_) return;
  for (const Wanted& each : wanted_) base::unwatch(epoll_.get(), each.fd);
  if (std::exchange(is_ready_, false)) {
    base::unwatch(epoll_.get(), ready_.get());
  }
  wanted_ = std::move(wanted);
  for (const Wanted& each : wanted_) watch(each);
}

void WakeSet::wait_also_for(Wanted wanted) {
  if (wanted.fd < 0 || std::ranges::find(wanted_, wanted) != wanted_.end()) return;
  wanted_.push_back(wanted);
  watch(wanted);
}

void WakeSet::watch(const Wanted& wanted) {
  if (base::try_watch(epoll_.get(), wanted.fd, wanted.to_write ? EPOLLOUT : EPOLLIN)) return;
  if (errno != EPERM) base::throw_system_error("wait for a descriptor", errno);
  if (!is_ready_) be_ready();
}

void WakeSet::be_ready() {
  if (!ready_) ready_ = base::UniqueFd(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!ready_) base::throw_system_error("create an eventfd", errno);
  add(ready_.get());
  is_ready_ = true;
}

void WakeSet::add(int fd) { base::watch(epoll_.get(), fd); }

}  // namespace forkmap::host
