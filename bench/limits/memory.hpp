// SPDX-License-Identifier: Apache-2.0
//
// Limits of memory and of one core.
#pragma once

#include <cstddef>
#include <span>

namespace forkmap::bench {

// Bytes per second of one copy of `size` bytes, made `times` times between warm buffers.
[[nodiscard]] double copy_bytes_per_second(std::size_t size, std::size_t times);
// Newlines of a text; what a scan for them costs.
[[nodiscard]] std::size_t count_lines(std::span<const char> text);
// Milliseconds of fork, exit at once, and wait.
[[nodiscard]] double fork_ms(int times);

// Nanoseconds of the first touch of a 4 KiB page: of this process's own memory, and of a memfd as
// lanes and arenas are made of.
[[nodiscard]] double private_fault_ns(std::size_t pages);
[[nodiscard]] double shared_fault_ns(std::size_t pages);

}  // namespace forkmap::bench
