// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/signature.hpp"
#include "host/accumulator.hpp"
#include "host/shell_answer.hpp"

namespace forkmap::host {

// Collects the outcomes of one function's items and makes an answer of them.
class ShellOutcomes {
 public:
  explicit ShellOutcomes(const types::Signature& signature) : signature_(signature) {}

  // The text of an item's results as workers print it: columns with TABs between, escaped.
  void add_row(std::string_view row) { rows_.emplace_back(row); }
  void add_error(const ItemError& error);

  // The function was called for an item, to whatever end.
  [[nodiscard]] bool has_called() const noexcept;
  // "[1, 4, 9]", and a line for each kind of error.
  [[nodiscard]] ShellAnswer as_list() const;
  // One value out of all; none if an item failed. Throws UsageError where the results cannot be
  // combined, Error where the value does not fit.
  [[nodiscard]] ShellAnswer reduced(Reduction reduction) const;

 private:
  [[nodiscard]] ShellAnswer with_failures() const;

  const types::Signature& signature_;
  std::vector<std::string> rows_;
  std::vector<ShellFailures> failures_;
};

}  // namespace forkmap::host
