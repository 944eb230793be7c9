// SPDX-License-Identifier: Apache-2.0
//
// How the shell shows results: 4, "text", [1, 2] for an array, (3, 1) for several, () for none.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/signature.hpp"

namespace forkmap::host {

// str or bytes.
[[nodiscard]] bool is_text(types::Type type) noexcept;

// `row` is the text of an item's results as workers print it: TABs between columns, escaped.
[[nodiscard]] std::string shown_result(const types::Signature& signature, std::string_view row);

// A text as it is, in the form in which a result of that text is shown.
[[nodiscard]] std::string shown_text(std::string_view text);

// "[1, 4, 9]"; the middle of a long list is left out.
[[nodiscard]] std::string shown_list(std::span<const std::string> shown);

}  // namespace forkmap::host
