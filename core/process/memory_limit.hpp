// SPDX-License-Identifier: Apache-2.0
//
// How much private memory a worker may ask for, and how much it has.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace forkmap::process {

// From now on this process may ask for `bytes` of private writable memory beyond what it has
// (RLIMIT_DATA: heap and private mappings; not stacks, not what is shared). More is refused to it,
// as if the system had none. A lower limit that is in force stays. Throws SystemError.
void limit_private_growth(std::uint64_t bytes);

// Private memory of a process that is in memory now (anonymous pages); nothing if it is gone.
[[nodiscard]] std::optional<std::uint64_t> private_resident_bytes(pid_t pid) noexcept;

}  // namespace forkmap::process
