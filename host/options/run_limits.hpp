// SPDX-License-Identifier: Apache-2.0
//
// The limits of a run, and their texts. All functions throw UsageError for a wrong text.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "host/options/halt_rule.hpp"

namespace forkmap::host {

struct RunLimits {
  std::chrono::nanoseconds timeout{};  // of each item; zero: none
  int timeout_percent = 0;             // of the median; 0: none
  HaltRule halt;
  std::uint64_t memory_bytes = 0;          // private growth of a worker; 0: any
  std::uint64_t recycle_growth_bytes = 0;  // resident growth after which it is replaced; 0: any
  std::chrono::nanoseconds recycle_age{};  // zero: any
  int nice = 0;
  bool pin = false;

  // An option that was given and needs workers, "--timeout"; null if none was.
  [[nodiscard]] const char* needing_workers() const noexcept;
  // For --dry-run: "timeout 500 ms, pinned"; "none".
  [[nodiscard]] std::string text() const;
};

// "2G"; at least 1 MiB.
[[nodiscard]] std::uint64_t memory_size(const std::string& option, const std::string& text);
// "10s", longer than zero.
[[nodiscard]] std::chrono::nanoseconds duration(const std::string& option, const std::string& text);
// "5s", "250ms" or "300%".
void set_timeout(RunLimits& limits, const std::string& text);

}  // namespace forkmap::host
