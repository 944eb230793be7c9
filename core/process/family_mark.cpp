// SPDX-License-Identifier: Apache-2.0
#include "core/process/family_mark.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>

namespace forkmap::process {

namespace {

static_assert(sizeof(rlim_t) == sizeof(std::uint64_t));

// With the zygote's number: a worker may have a zygote of its own, whose workers mark theirs anew.
rlim_t mark_of(pid_t zygote, pid_t worker) noexcept {
  return (static_cast<rlim_t>(zygote) << 32) | static_cast<rlim_t>(worker);
}

}  // namespace

bool mark_family(pid_t zygote) noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_LOCKS, &limit) != 0) return false;
  limit.rlim_cur = mark_of(zygote, ::getpid());
  return ::setrlimit(RLIMIT_LOCKS, &limit) == 0;  // refused where the hard limit is lower
}

std::optional<pid_t> family_of(pid_t pid) noexcept {
  rlimit limit{};
  if (::prlimit(pid, RLIMIT_LOCKS, nullptr, &limit) != 0) return std::nullopt;
  const auto worker = static_cast<pid_t>(limit.rlim_cur & 0x7fff'ffff);
  if (limit.rlim_cur != mark_of(::getpid(), worker)) return std::nullopt;
  return worker;
}

}  // namespace forkmap::process
