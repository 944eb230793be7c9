// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace forkmap::types {

inline constexpr std::size_t kQuotedLimitBytes = 60;

// A user's text inside a message: in double quotes, with control characters, quotes, backslashes
// and whatever is not UTF-8 escaped (\n \t \r \" \\ \x1b); cut behind `limit_bytes` of it with a
// mark.
[[nodiscard]] std::string quoted(std::string_view text,
                                 std::size_t limit_bytes = kQuotedLimitBytes);

}  // namespace forkmap::types
