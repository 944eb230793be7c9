// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace forkmap::lane {

// Sleeps while `word` is `seen`; returns at a wake-up, a change, a signal or a spurious cause, so
// the caller looks again. Works on memory shared between processes, mapped read-only or not.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t seen) noexcept;
void futex_wake_one(std::atomic<std::uint32_t>& word) noexcept;

}  // namespace forkmap::lane
