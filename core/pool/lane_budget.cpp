// SPDX-License-Identifier: Apache-2.0
#include "core/pool/lane_budget.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <forkmap/error.hpp>
#include <string>

#include "core/shm/memfd.hpp"

namespace forkmap::pool {

namespace {

// All lanes together: a quarter of the address space of a process on today's machines.
constexpr std::uint64_t kLanesAddressBytes = std::uint64_t{32} << 40U;
constexpr std::uint64_t kShareOfLanes = 2;    // of the addresses that are free
constexpr std::uint64_t kLanesOfAWorker = 2;  // while a pool is renewed
// For a lane that is being made, files that are read and written, and what plugins open.
constexpr std::uint64_t kDescriptorsLeft = 24;
// Nobody has so many open; where the limit is above, they are not counted.
constexpr std::uint64_t kManyDescriptors = 4096;

std::uint64_t used_address_bytes() {
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  unsigned long long pages = 0;
  const int found = std::fscanf(file, "%llu", &pages);
  std::fclose(file);
  return found == 1 ? pages * shm::page_bytes() : 0;
}

}  // namespace

std::optional<AddressSpace> limited_address_space() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return AddressSpace{limit.rlim_cur, used_address_bytes()};
}

std::uint64_t lane_limit_bytes(const std::optional<AddressSpace>& space,
                               std::uint64_t workers) noexcept {
  const std::uint64_t all = kLanesAddressBytes / workers;
  if (!space) return all;
  const std::uint64_t free = space->limit_bytes - std::min(space->limit_bytes, space->used_bytes);
  return std::min(all, free / kShareOfLanes / (workers * kLanesOfAWorker));
}

lane::LaneShape shape_of_lanes(std::uint64_t window_bytes, std::uint64_t workers) {
  lane::LaneShape wanted;
  if (window_bytes > 0) wanted.window_bytes = std::max(window_bytes, lane::kMinWindowBytes);
  const auto space = limited_address_space();
  const std::uint64_t limit = lane_limit_bytes(space, workers);
  try {
    return lane::fit_shape(wanted, std::min(shm::size_limit_bytes(), limit));
  } catch (const SystemError& error) {
    if (!space || limit >= shm::size_limit_bytes()) throw;
    throw SystemError(std::string(error.what()) + ", or take fewer workers (-j, here " +
                          std::to_string(workers) + "), which share " +
                          std::to_string(space->limit_bytes) + " bytes of addresses",
                      error.number());
  }
}

std::optional<Descriptors> scarce_descriptors(std::uint64_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  if (limit.rlim_cur >= wanted + kManyDescriptors) return std::nullopt;
  Descriptors descriptors{limit.rlim_cur, 0};
  for (std::uint64_t fd = 0; fd < descriptors.limit; ++fd) {
    if (::fcntl(static_cast<int>(fd), F_GETFD) >= 0) ++descriptors.used;
  }
  return descriptors;
}

std::uint64_t workers_within(const Descriptors& descriptors, std::uint64_t each) noexcept {
  const std::uint64_t kept = descriptors.used + kDescriptorsLeft;
  return descriptors.limit <= kept ? 0 : (descriptors.limit - kept) / each;
}

}  // namespace forkmap::pool
