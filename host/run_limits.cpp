// SPDX-License-Identifier: Apache-2.0
#include "host/run_limits.hpp"

#include "host/duration_text.hpp"
#include "host/option_values.hpp"

namespace forkmap::host {

namespace {
constexpr std::uint64_t kMostPercent = 1'000'000;
}  // namespace

void set_timeout(RunLimits& limits, const std::string& text) {
  limits.timeout = {};
  limits.timeout_percent = 0;
  if (text.ends_with('%')) {
    const std::string_view digits = std::string_view(text).substr(0, text.size() - 1);
    limits.timeout_percent = static_cast<int>(whole_number("--timeout", digits, 101, kMostPercent));
    return;
  }
  const auto timeout = parse_duration(text);
  if (!timeout || timeout->count() == 0) {
    throw UsageError("--timeout: \"" + text +
                     "\" is no time, like 5s or 250ms, and no share of the median, like 300%");
  }
  limits.timeout = *timeout;
}

}  // namespace forkmap::host
