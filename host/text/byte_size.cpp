// SPDX-License-Identifier: Apache-2.0
#include "host/text/byte_size.hpp"

#include <charconv>
#include <system_error>

namespace forkmap::host {

namespace {

constexpr double kLargest = 0x1p47;

std::optional<double> unit_bytes(std::string_view unit) {
  if (unit.empty() || unit == "B") return 1.0;
  if (unit == "K" || unit == "KiB") return 0x1p10;
  if (unit == "M" || unit == "MiB") return 0x1p20;
  if (unit == "G" || unit == "GiB") return 0x1p30;
  if (unit == "T" || unit == "TiB") return 0x1p40;
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  double amount = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, amount, std::chars_format::fixed);
  if (read.ec != std::errc{}) return std::nullopt;
  const auto unit = unit_bytes({read.ptr, static_cast<std::size_t>(end - read.ptr)});
  if (!unit) return std::nullopt;
  const double bytes = amount * *unit;
  if (!(bytes >= 0 && bytes <= kLargest)) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

}  // namespace forkmap::host
