// SPDX-License-Identifier: Apache-2.0
//
// Tells items from options before CLI11 sees anything, so that items are taken verbatim: no list
// splitting, no guessing. Options may stand anywhere before "--".
//
//   "--"                            everything behind it is a word
//   "-", or no '-' in front         a word
//   looks like a number (-1.5, -inf, -1,2), and is not "-0"     a word
//   a known option                  an option, with its value if it takes one, whatever that looks
//   like any other "-token"              UsageError
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace forkmap::host {

struct SeparatedLine {
  std::vector<std::string> options;      // each name and each value an element of its own
  std::vector<std::string> words;        // in order
  std::optional<std::size_t> closed_at;  // how many words stood before "--"
};

// `app` is asked which options there are, which take a value and which may be given again. Throws
// UsageError, also for an option of one value that is given twice.
[[nodiscard]] SeparatedLine separate(std::span<const std::string> arguments, const CLI::App& app);

// A decimal or scientific number, inf, infinity or nan, or several with commas or a range's ".."
// between, with a '-' in front.
[[nodiscard]] bool looks_like_negative_number(std::string_view token);

}  // namespace forkmap::host
