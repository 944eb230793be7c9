// SPDX-License-Identifier: Apache-2.0
//
// Bytes for long streams, of which each place is known: nothing of them need be kept to tell
// whether they came whole and in order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace forkmap::courier {

class StreamBytes {
 public:
  explicit StreamBytes(std::uint64_t seed) {
    table_.reserve(kPeriod);
    for (std::uint64_t state = seed + 1; table_.size() < kPeriod;) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      table_ += static_cast<char>(state >> 56U);
    }
  }

  // Those from a position on, at most `most`, at least one.
  [[nodiscard]] std::string_view from(std::uint64_t position, std::uint64_t most) const {
    return std::string_view(table_).substr(position % kPeriod, most);
  }

  [[nodiscard]] bool are(std::uint64_t position, std::string_view seen) const {
    while (!seen.empty()) {
      const std::string_view wanted = from(position, seen.size());
      if (!seen.starts_with(wanted)) return false;
      seen.remove_prefix(wanted.size());
      position += wanted.size();
    }
    return true;
  }

 private:
  static constexpr std::size_t kPeriod = 1'000'003;  // no multiple of any buffer's size
  std::string table_;
};

}  // namespace forkmap::courier
