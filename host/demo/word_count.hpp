// SPDX-License-Identifier: Apache-2.0
//
// The program `wc` of this machine, asked for many files at once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace forkmap::host {

using FileCounts = std::tuple<std::int64_t, std::int64_t, std::int64_t>;  // lines, words, bytes

// Why `wc` cannot be compared with: it is missing, or it counts the words of a probe line otherwise
// than coreutils 9.1 does in the C locale (a word has at least one printable ASCII byte). Empty if
// it can be.
[[nodiscard]] std::string why_word_count_differs();

// `LC_ALL=C wc` of each file, a process for some hundreds of them. Throws Error if it does not
// answer for each.
[[nodiscard]] std::vector<FileCounts> word_counts(std::span<const std::string> files);

}  // namespace forkmap::host
