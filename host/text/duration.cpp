// SPDX-License-Identifier: Apache-2.0
#include "host/text/duration.hpp"

#include <charconv>

namespace forkmap::host {

namespace {

constexpr double kLongestSeconds = 366.0 * 24 * 3600;

std::optional<double> unit_seconds(std::string_view unit) {
  if (unit.empty() || unit == "s") return 1.0;
  if (unit == "ms") return 1e-3;
  if (unit == "us") return 1e-6;
  if (unit == "m" || unit == "min") return 60.0;
  if (unit == "h") return 3600.0;
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  double amount = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, amount, std::chars_format::fixed);
  if (read.ec != std::errc{}) return std::nullopt;
  const auto unit = unit_seconds({read.ptr, static_cast<std::size_t>(end - read.ptr)});
  if (!unit) return std::nullopt;
  const double seconds = amount * *unit;
  if (!(seconds >= 0 && seconds <= kLongestSeconds)) return std::nullopt;
  return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

std::string duration_text(std::chrono::nanoseconds duration) {
  const auto all = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  const auto hours = all / 3600;
  const auto minutes = all / 60 % 60;
  const auto seconds = all % 60;
  if (hours > 0) return std::to_string(hours) + " h " + std::to_string(minutes) + " min";
  if (minutes > 0) return std::to_string(minutes) + " min " + std::to_string(seconds) + " s";
  return std::to_string(seconds) + " s";
}

}  // namespace forkmap::host
