// SPDX-License-Identifier: Apache-2.0
//
// How large lanes may be, so that those of all workers fit together into the addresses that this
// process may use; and how many workers its descriptors allow.
#pragma once

#include <cstdint>
#include <optional>

#include "core/lane/lane_memory.hpp"

namespace forkmap::pool {

// RLIMIT_AS and what is in use of it.
struct AddressSpace {
  std::uint64_t limit_bytes = 0;
  std::uint64_t used_bytes = 0;  // 0 if it is not known
};

// Of this process; nothing if there is no limit.
[[nodiscard]] std::optional<AddressSpace> limited_address_space();

// The most that one lane may take. Half of what is free is for everything else; while a pool is
// renewed there are two lanes a worker.
[[nodiscard]] std::uint64_t lane_limit_bytes(const std::optional<AddressSpace>& space,
                                             std::uint64_t workers) noexcept;

// The shape of the lanes of a pool with so many workers. `window_bytes` as in PoolOptions. Throws
// SystemError if there is no room for the smallest.
[[nodiscard]] lane::LaneShape shape_of_lanes(std::uint64_t window_bytes, std::uint64_t workers);

// RLIMIT_NOFILE and what is in use of it.
struct Descriptors {
  std::uint64_t limit = 0;
  std::uint64_t used = 0;
};

// Of this process; nothing if `wanted` more are there in any case.
[[nodiscard]] std::optional<Descriptors> scarce_descriptors(std::uint64_t wanted);

// Workers that can be had with `each` descriptors a worker, some being left for everything else.
[[nodiscard]] std::uint64_t workers_within(const Descriptors& descriptors,
                                           std::uint64_t each) noexcept;

}  // namespace forkmap::pool
