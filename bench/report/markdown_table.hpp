// SPDX-License-Identifier: Apache-2.0
//
// The tables of the documents: the README's, and the whole one of docs/performance.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/report/figures.hpp"

namespace forkmap::bench {

enum class Choice : std::uint8_t {
  readme,  // the six rows of the README, without targets
  all      // with names and targets
};

// One line for each row; machine and date are below the table.
[[nodiscard]] std::string markdown_table(const Report& report, Choice choice);

// The document with `table` between the lines <!-- performance table --> and <!-- end -->. Throws
// std::runtime_error if they are not there.
[[nodiscard]] std::string with_table(std::string_view document, std::string_view table);
// What stands between them.
[[nodiscard]] std::string table_in(std::string_view document);

}  // namespace forkmap::bench
