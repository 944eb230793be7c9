// SPDX-License-Identifier: Apache-2.0
//
// Quantities for people, in UTF-8, with three significant digits and a unit that suits their size.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace forkmap::host {

[[nodiscard]] std::string time_text(
    std::chrono::nanoseconds time);                            // "830 ns" "12.3 µs" "2 min 05 s"
[[nodiscard]] std::string grouped_text(std::uint64_t count);   // "12 345" (narrow spaces)
[[nodiscard]] std::string count_text(double count);            // "12.3" "1.2 M"
[[nodiscard]] std::string rate_text(double items_per_s);       // "1.2 M items/s"
[[nodiscard]] std::string size_in_words(std::uint64_t bytes);  // "512 B" "1.5 MiB"
[[nodiscard]] std::string share_text(double share);            // "12.5 %"

}  // namespace forkmap::host
