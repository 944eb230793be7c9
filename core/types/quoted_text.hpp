// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace forkmap::types {

inline constexpr std::size_t kQuotedLimitBytes = 60;

// A user's text inside a message: in double quotes, with control characters, quotes, backslashes
// and whatever is not UTF-8 escaped (\n \t \r \" \\ \x1b). Of a text that is longer than
// `limit_bytes` the middle is left out: "/data/2024/"..."scans/page-0017.jpg".
[[nodiscard]] std::string quoted(std::string_view text,
                                 std::size_t limit_bytes = kQuotedLimitBytes);

}  // namespace forkmap::types
