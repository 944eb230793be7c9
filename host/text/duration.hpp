// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace forkmap::host {

// "10s", "1.5s", "200ms", "2m", "1h", or plain seconds; nothing if it is none of these, negative,
// or longer than a year.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

// "45 s", "3 min 20 s", "2 h 5 min"; for people.
[[nodiscard]] std::string duration_text(std::chrono::nanoseconds duration);

}  // namespace forkmap::host
