// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/epoll.h>

#include <cstdint>

#include "core/base/unique_fd.hpp"

namespace forkmap::base {

// One of our own (own_descriptors.hpp). Throws SystemError.
[[nodiscard]] UniqueFd new_epoll();

// Waits for a descriptor, too; `data.fd` of its events is its number. Throws SystemError.
void watch(int epoll, int fd, std::uint32_t events = EPOLLIN);
// False if the system does not let it be waited for; errno then says why. A regular file gives
// EPERM: it is always ready.
[[nodiscard]] bool try_watch(int epoll, int fd, std::uint32_t events = EPOLLIN) noexcept;
// Does nothing if it was not waited for.
void unwatch(int epoll, int fd) noexcept;

}  // namespace forkmap::base
