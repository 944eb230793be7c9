// SPDX-License-Identifier: Apache-2.0
#include "core/process/family_mark.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace forkmap::process {

namespace {

static_assert(sizeof(rlim_t) == sizeof(std::uint64_t));

// With the zygote's number: a worker may have a zygote of its own, whose workers mark theirs anew.
rlim_t mark_of(pid_t zygote, pid_t worker) noexcept {
  return (static_cast<rlim_t>(zygote) << 32) | static_cast<rlim_t>(worker);
}

// prlimit() tells of processes of the same user and group only; the file is everybody's.
std::optional<rlim_t> lock_limit_of(pid_t pid) {
  rlimit limit{};
  if (::prlimit(pid, RLIMIT_LOCKS, nullptr, &limit) == 0) return limit.rlim_cur;
  std::ifstream limits("/proc/" + std::to_string(pid) + "/limits");
  constexpr std::string_view kName = "Max file locks";
  for (std::string line; std::getline(limits, line);) {
    if (line.starts_with(kName)) {
      return std::strtoull(line.c_str() + kName.size(), nullptr, 10);  // "unlimited" is no mark
    }
  }
  return std::nullopt;
}

}  // namespace

bool mark_family(pid_t zygote) noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_LOCKS, &limit) != 0) return false;
  limit.rlim_cur = mark_of(zygote, ::getpid());
  return ::setrlimit(RLIMIT_LOCKS, &limit) == 0;  // refused where the hard limit is lower
}

Family family_of(pid_t pid) {
  const std::optional<rlim_t> limit = lock_limit_of(pid);
  if (!limit) return {.is_known = false};
  const auto worker = static_cast<pid_t>(*limit & 0x7fff'ffff);
  return {.worker = *limit == mark_of(::getpid(), worker) ? worker : 0};
}

}  // namespace forkmap::process
