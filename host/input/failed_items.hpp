// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace forkmap::host {

// An item that failed in an earlier run.
struct FailedItem {
  std::uint64_t number = 0;  // in the whole input of that run, from 1
  std::string text;
};

// The items of a file that --failures, or --output, has written, in the order of their numbers.
// Throws UsageError, with the line that is none of a failure.
[[nodiscard]] std::vector<FailedItem> read_failed_items(const std::string& path);

}  // namespace forkmap::host
