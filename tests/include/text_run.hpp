// SPDX-License-Identifier: Apache-2.0
//
// Runs a function record over lines of text, in this process: text to columns, the function,
// columns to text. Shared by tests of the headers and of the example plugins.
#pragma once

#include <forkmap/plugin.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace forkmap::test {

struct TextRunOptions {
  std::uint64_t bytes_capacity = 1 << 20;  // of the results' bytes area
  std::uint64_t first_index = 0;
  std::uint64_t index_stride = 1;
  std::uint64_t seed = 0;
  std::uint64_t first = 0;
  std::map<std::string, std::string> parameters = {};
};

struct TextRun {
  int returned = -1;                    // what the run entry returned
  std::uint64_t complete = 0;           // from the progress word
  bool turn_kept = false;               // the progress word's other half is the turn
  std::vector<int> statuses = {};       // of the complete items
  std::vector<std::string> lines = {};  // of the complete items: results, or the error's text
};

// Lines that do not parse are errors of the test: throws std::invalid_argument.
[[nodiscard]] TextRun run_text(const forkmap_function& function,
                               const std::vector<std::string>& items,
                               const TextRunOptions& options = {});

// The function of that name; throws std::out_of_range.
[[nodiscard]] const forkmap_function& find_function(const forkmap_plugin& plugin,
                                                    const std::string& name);

}  // namespace forkmap::test
