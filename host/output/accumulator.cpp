// SPDX-License-Identifier: Apache-2.0
#include "host/output/accumulator.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <sstream>

namespace forkmap::host {

namespace {

__extension__ typedef unsigned __int128 Bits128;

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

// Of the two values one is zero, since all that were given are of one type.
void Accumulator::add_all_of(const Accumulator& other) noexcept {
  if (other.count_ == 0) return;
  const std::uint64_t count = count_ + other.count_;
  overflowed_ = overflowed_ || other.overflowed_;
  add(other.whole_);
  count_ = count - other.count_;
  add(other.real_);
  count_ = count;
}

std::string Accumulator::state() const {
  const auto whole = static_cast<Bits128>(whole_);
  std::ostringstream text;
  text << count_ << ' ' << static_cast<std::uint64_t>(whole >> 64U) << ' '
       << static_cast<std::uint64_t>(whole) << ' ' << std::bit_cast<std::uint64_t>(real_) << ' '
       << overflowed_;
  return text.str();
}

bool Accumulator::restore(const std::string& state) {
  std::istringstream text(state);
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::uint64_t real = 0;
  text >> count_ >> high >> low >> real >> overflowed_;
  whole_ = static_cast<Int128>(static_cast<Bits128>(high) << 64U | low);
  real_ = std::bit_cast<double>(real);
  return !text.fail() && (text >> std::ws).eof();
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
