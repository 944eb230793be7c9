// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace forkmap::host {

enum class Reduction : std::uint8_t { none, sum, min, max, count, mean };
enum class Format : std::uint8_t { lines, jsonl };

// As it is written on the command line.
[[nodiscard]] std::string_view name_of(Reduction reduction) noexcept;
// Throws UsageError, with the name of the option, for what is none.
[[nodiscard]] Reduction reduction_named(std::string_view option, std::string_view name);

// How results are written.
struct ResultForm {
  Reduction reduction = Reduction::none;
  Format format = Format::lines;
  bool tag = false;                 // the item stands before its result
  std::optional<std::string> fill;  // stands for each item that failed
};

}  // namespace forkmap::host
