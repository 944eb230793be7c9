// SPDX-License-Identifier: Apache-2.0
#include "tests/structure/length_rules.hpp"

namespace forkmap::structure {

Findings check_lengths(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!is_c_family(file.path)) continue;
    const std::size_t count = lines_of(file.text).size();
    const std::size_t most = is_header(file.path) ? kMaxHeaderLines : kMaxSourceLines;
    if (count > most) {
      findings.push_back(finding(
          file.path, count, "longer than " + std::to_string(most) + " lines: split it by concept"));
    }
  }
  return findings;
}

}  // namespace forkmap::structure
