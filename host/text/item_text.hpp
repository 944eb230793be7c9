// SPDX-License-Identifier: Apache-2.0
//
// An item's text as it is shown. Columns of a line are split at its delimiter; the arguments of a
// command line are joined by NUL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/signature.hpp"

namespace forkmap::host {

// Quoted and escaped; several arguments with ", " between. In messages long ones lack their middle;
// in files they are whole.
enum class ItemCut : std::uint8_t { middle, none };
[[nodiscard]] std::string shown_item(std::string_view text, char delimiter,
                                     ItemCut cut = ItemCut::middle);

// Before a result of --tag, and in JSON: a line as it is (without a CR at its end unless raw);
// several arguments with TABs between, and escaped like results unless raw.
void append_tag(std::string_view text, char delimiter, bool raw, std::string& out);

// As the function gets them: the columns, or the one text that a lone str or bytes argument takes.
[[nodiscard]] std::vector<std::string_view> columns_of(std::string_view text, char delimiter,
                                                       bool raw, const types::Signature& signature);

}  // namespace forkmap::host
