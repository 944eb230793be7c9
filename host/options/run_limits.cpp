// SPDX-License-Identifier: Apache-2.0
#include "host/options/run_limits.hpp"

#include "host/cli/option_values.hpp"
#include "host/text/byte_size.hpp"
#include "host/text/duration.hpp"

namespace forkmap::host {

namespace {
constexpr std::uint64_t kMostPercent = 1'000'000;
constexpr std::uint64_t kLeastMemoryBytes = std::uint64_t{1} << 20U;
}  // namespace

const char* RunLimits::needing_workers() const noexcept {
  if (timeout.count() > 0 || timeout_percent > 0) return "--timeout";
  if (memory_bytes > 0) return "--memory";
  if (recycle_growth_bytes > 0) return "--recycle-growth";
  if (recycle_age.count() > 0) return "--recycle-age";
  if (nice > 0) return "--nice";
  return pin ? "--pin" : nullptr;
}

std::string RunLimits::text() const {
  std::string text;
  const auto add = [&text](const std::string& limit) {
    text += (text.empty() ? "" : ", ") + limit;
  };
  const auto milliseconds = [](std::chrono::nanoseconds time) {
    return std::to_string(std::chrono::ceil<std::chrono::milliseconds>(time).count()) + " ms";
  };
  if (timeout.count() > 0) add("timeout " + milliseconds(timeout));
  if (timeout_percent > 0) {
    add("timeout " + std::to_string(timeout_percent) + " % of the median");
  }
  if (halt.when != HaltRule::When::never) add("halt " + halt.name());
  if (memory_bytes > 0) add("memory " + std::to_string(memory_bytes) + " bytes");
  if (recycle_growth_bytes > 0) {
    add("workers replaced after growth by " + std::to_string(recycle_growth_bytes) + " bytes");
  }
  if (recycle_age.count() > 0) add("workers replaced after " + milliseconds(recycle_age));
  if (nice > 0) add("nice " + std::to_string(nice));
  if (pin) add("pinned");
  return text.empty() ? "none" : text;
}

std::uint64_t memory_size(const std::string& option, const std::string& text) {
  const auto bytes = parse_size(text);
  if (bytes && *bytes >= kLeastMemoryBytes) return *bytes;
  throw UsageError(option + ": invalid size \"" + text +
                   "\": expected at least 1M, e.g. 500M or 2G");
}

std::chrono::nanoseconds duration(const std::string& option, const std::string& text) {
  const auto time = parse_duration(text);
  if (time && time->count() > 0) return *time;
  throw UsageError(option + ": invalid time \"" + text + "\": expected e.g. 10s or 2h");
}

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
    throw UsageError("--timeout: invalid time \"" + text +
                     "\": expected e.g. 5s or 250ms, or a share of the median, e.g. 300%");
  }
  limits.timeout = *timeout;
}

}  // namespace forkmap::host
