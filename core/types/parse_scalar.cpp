// SPDX-License-Identifier: Apache-2.0
#include "core/types/parse_scalar.hpp"

#include <algorithm>

namespace forkmap::types {

bool is_integer_text(std::string_view text) noexcept {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return false;
  }
  // "-0" is refused by unsigned types as no form of theirs, not for its range.
  return text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace forkmap::types
