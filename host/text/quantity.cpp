// SPDX-License-Identifier: Apache-2.0
#include "host/text/quantity.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

namespace forkmap::host {

namespace {

// Three digits, and none behind the point that are only zeros of a whole number.
std::string three_digits(double value) {
  if (value == std::floor(value) && value < 1000) return fmt::format("{:.0f}", value);
  if (value >= 99.95) return fmt::format("{:.0f}", value);
  if (value >= 9.995) return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}

}  // namespace

std::string time_text(std::chrono::nanoseconds time) {
  const auto ns = static_cast<double>(time.count());
  // Limits lie where three digits would round to the next unit.
  if (ns < 999.5) return three_digits(std::round(ns)) + " ns";
  if (ns < 999.5e3) return three_digits(ns / 1e3) + " µs";
  if (ns < 999.5e6) return three_digits(ns / 1e6) + " ms";
  if (ns < 59.95e9) return three_digits(ns / 1e9) + " s";
  const auto seconds = static_cast<std::int64_t>(std::round(ns / 1e9));
  if (seconds < 3600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  const std::int64_t minutes = (seconds + 30) / 60;
  if (minutes < 48L * 60) return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
  return fmt::format("{} d {:02} h", minutes / 1440, minutes % 1440 / 60);
}

std::string grouped_text(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t place = text.size(); place > 3;) {
    place -= 3;
    text.insert(place, "\u202f");
  }
  return text;
}

std::string count_text(double count) {
  static constexpr std::array<std::string_view, 4> kSuffixes = {"", " k", " M", " G"};
  std::size_t suffix = 0;
  for (; count >= 999.5 && suffix + 1 < kSuffixes.size(); ++suffix) count /= 1000;
  return three_digits(count) + std::string(kSuffixes[suffix]);
}

std::string rate_text(double items_per_s) {
  if (items_per_s > 0 && items_per_s < 0.1) {
    return three_digits(items_per_s * 3600) + " items/h";
  }
  return count_text(items_per_s) + " items/s";
}

std::string size_in_words(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  auto amount = static_cast<double>(bytes);
  for (; amount >= 999.5 && unit + 1 < kUnits.size(); ++unit) amount /= 1024;
  return three_digits(amount) + " " + std::string(kUnits[unit]);
}

std::string share_text(double share) {
  if (share > 0 && share < 0.001) return "< 0.1 %";
  if (share < 1 && share > 0.999) return "> 99.9 %";
  return fmt::format("{:.{}f} %", 100 * share, share < 0.0995 || share > 0.99 ? 1 : 0);
}

}  // namespace forkmap::host
