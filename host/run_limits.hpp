// SPDX-License-Identifier: Apache-2.0
//
// The limits that a run was asked to keep, and their texts. What is wrong is a UsageError.
#pragma once

#include <chrono>
#include <string>

#include "host/halt_rule.hpp"

namespace forkmap::host {

struct RunLimits {
  std::chrono::nanoseconds timeout{};  // of each item; zero: none
  int timeout_percent = 0;             // of the median; 0: none
  HaltRule halt;
};

// "5s", "250ms" or "300%".
void set_timeout(RunLimits& limits, const std::string& text);

}  // namespace forkmap::host
