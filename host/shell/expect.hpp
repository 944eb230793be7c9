// SPDX-License-Identifier: Apache-2.0
//
//   expect [1, 4, 9]              the results: as they are shown, or as items: expect 1 4 9,
//   expect 1..5 expect ERROR-KIND on N items  expect StaleRegistry on 3 items expect generation G
//   of the pool or registry that the statement was about expect text "..."             is part of
//   what was shown, or of the error
#pragma once

#include <optional>
#include <string>

#include "host/shell/answer.hpp"
#include "host/shell/statement.hpp"

namespace forkmap::host {

struct ShellMismatch {
  std::string expected;
  std::string seen;
};

// Nothing if the answer is as expected. Throws UsageError for what is no expectation.
[[nodiscard]] std::optional<ShellMismatch> compare_answer(const ShellStatement& expectation,
                                                          const ShellAnswer& answer);

}  // namespace forkmap::host
