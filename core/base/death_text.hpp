// SPDX-License-Identifier: Apache-2.0
//
// Parts of the messages about deaths.
#pragma once

#include <chrono>
#include <string>

namespace forkmap::pool {

// "was killed by SIGKILL", "exited with status 3".
[[nodiscard]] inline std::string as_predicate(const std::string& how) {
  return how.starts_with("exited") || how.starts_with("ended") ? how : "was " + how;
}

// "1500 ms"
[[nodiscard]] inline std::string milliseconds_text(std::chrono::nanoseconds time) {
  return std::to_string(std::chrono::ceil<std::chrono::milliseconds>(time).count()) + " ms";
}

}  // namespace forkmap::pool
