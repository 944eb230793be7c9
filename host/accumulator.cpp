// SPDX-License-Identifier: Apache-2.0
#include "host/accumulator.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace forkmap::host {

namespace {

template <class T>
std::string float_text(T value) {
  if (std::isnan(value)) return "nan";
  std::array<char, 32> digits;
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), written.ptr};
}

}  // namespace

void Accumulator::add(Int128 value) noexcept {
  const bool is_first = count_++ == 0;
  switch (reduction_) {
    case Reduction::min:
      whole_ = is_first ? value : std::min(whole_, value);
      break;
    case Reduction::max:
      whole_ = is_first ? value : std::max(whole_, value);
      break;
    case Reduction::sum:
    case Reduction::mean:
      overflowed_ = __builtin_add_overflow(whole_, value, &whole_) || overflowed_;
      break;
    case Reduction::count:
    case Reduction::none:
      break;
  }
}

void Accumulator::add(double value) noexcept {
  const bool is_first = count_++ == 0;
  switch (reduction_) {
    case Reduction::min:
      if (is_first || std::isnan(value) || value < real_) real_ = value;
      break;
    case Reduction::max:
      if (is_first || std::isnan(value) || value > real_) real_ = value;
      break;
    case Reduction::sum:
    case Reduction::mean:
      real_ += value;
      break;
    case Reduction::count:
    case Reduction::none:
      break;
  }
}

std::optional<std::string> Accumulator::text(bool is_float, bool is_single) const {
  if (reduction_ == Reduction::count) return std::to_string(count_);
  if (overflowed_) return std::nullopt;
  if (count_ == 0 && reduction_ != Reduction::sum) return std::nullopt;
  if (reduction_ == Reduction::mean) {
    const double sum = is_float ? real_ : static_cast<double>(whole_);
    return float_text(sum / static_cast<double>(count_));
  }
  if (!is_float) return to_text(whole_);
  const bool is_one_of_them = reduction_ != Reduction::sum;
  return is_single && is_one_of_them ? float_text(static_cast<float>(real_)) : float_text(real_);
}

std::string to_text(Int128 value) {
  std::string digits;
  const bool is_negative = value < 0;
  do {
    // The lowest value has no positive counterpart, so digits are taken one by one.
    const int digit = static_cast<int>(value % 10);
    digits += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    value /= 10;
  } while (value != 0);
  if (is_negative) digits += '-';
  std::ranges::reverse(digits);
  return digits;
}

}  // namespace forkmap::host
