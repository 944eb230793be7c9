// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/base/unique_fd.hpp"

namespace forkmap::shm {

// A sparse anonymous file of `size_bytes`, sealed against change of size (unsealed, a worker's
// ftruncate would be a SIGBUS of the host), close on exec, not executable where the kernel can say
// so. Throws SystemError. `size_bytes` must be within RLIMIT_FSIZE (see size_limit_bytes()), since
// going over it is a signal, not an error.
[[nodiscard]] base::UniqueFd create_memfd(const char* name, std::uint64_t size_bytes);

// The most that one lane or arena may take: the smallest of RLIMIT_FSIZE and, with room left for
// everything else, RLIMIT_AS and the address space. The limits are those of this moment.
[[nodiscard]] std::uint64_t size_limit_bytes();

[[nodiscard]] std::uint64_t page_bytes();
[[nodiscard]] std::uint64_t round_up_to_page(std::uint64_t bytes);

}  // namespace forkmap::shm
