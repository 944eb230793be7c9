// SPDX-License-Identifier: Apache-2.0
#include "host/input/sweep.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "host/cli/usage_error.hpp"
#include "host/io/stream_hash.hpp"

namespace forkmap::host {

namespace {

constexpr std::uint64_t kMostSweepItems = std::uint64_t{1} << 53U;
constexpr unsigned kMostDecimals = 15;

// "-0.25" is -25 units of two decimals.
struct Decimal {
  std::int64_t units = 0;
  unsigned decimals = 0;
};

std::optional<Decimal> decimal_of(std::string_view text) {
  std::string digits;
  unsigned decimals = 0;
  bool has_point = false;
  std::string_view rest = text;
  if (rest.starts_with('-')) {
    digits = "-";
    rest.remove_prefix(1);
  }
  if (rest.empty() || rest.front() == '.' || rest.back() == '.') return std::nullopt;
  for (const char c : rest) {
    if (c == '.' && !has_point) {
      has_point = true;
    } else if (c >= '0' && c <= '9') {
      digits += c;
      decimals += has_point ? 1U : 0U;
    } else {
      return std::nullopt;
    }
  }
  Decimal result{0, decimals};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), result.units);
  if (error != std::errc{} || end != digits.data() + digits.size() || decimals > kMostDecimals) {
    return std::nullopt;
  }
  return result;
}

// In units of more decimals; nothing: it is too large.
std::optional<std::int64_t> scaled(const Decimal& number, unsigned decimals) {
  std::int64_t units = number.units;
  for (unsigned place = number.decimals; place < decimals; ++place) {
    if (__builtin_mul_overflow(units, 10, &units)) return std::nullopt;
  }
  return units;
}

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t dots = text.find("..");
    parts.push_back(text.substr(0, dots));
    if (dots == std::string_view::npos) return parts;
    text.remove_prefix(dots + 2);
  }
}

}  // namespace

SweepValues::SweepValues(const std::string& text) : text_(text) {
  const auto parts = parts_of(text);
  if (parts.size() != 2 && parts.size() != 3) return;
  std::vector<Decimal> numbers;
  for (const std::string_view part : parts) {
    const auto number = decimal_of(part);
    if (!number) return;  // "a..b" is a text
    numbers.push_back(*number);
  }
  if (numbers.size() == 2) numbers.push_back({.units = 1});
  decimals_ = std::max({numbers[0].decimals, numbers[1].decimals, numbers[2].decimals});
  const auto refuse = [&text](const std::string& why) {
    throw UsageError("the range " + text + " " + why);
  };
  const auto first = scaled(numbers[0], decimals_);
  const auto last = scaled(numbers[1], decimals_);
  const auto step = scaled(numbers[2], decimals_);
  std::int64_t distance = 0;
  if (!first || !last || !step || __builtin_sub_overflow(*last, *first, &distance)) {
    refuse("is too long to be counted");
  }
  first_ = *first;
  step_ = *step;
  // Without a step it may go down.
  if (parts.size() == 2 && distance < 0) step_ = -step_;
  if (step_ == 0) refuse("has a step of 0, and would never end");
  if ((distance < 0) != (step_ < 0) && distance != 0) {
    refuse("has a step that leads away from its end");
  }
  count_ = static_cast<std::uint64_t>(distance / step_) + 1;
  is_range_ = true;
}

void SweepValues::append(std::uint64_t place, std::string& to) const {
  if (!is_range_) {
    to += text_;
    return;
  }
  const std::int64_t units = first_ + static_cast<std::int64_t>(place) * step_;
  std::string digits = std::to_string(units < 0 ? -static_cast<std::uint64_t>(units)
                                                : static_cast<std::uint64_t>(units));
  if (digits.size() <= decimals_) digits.insert(0, decimals_ + 1 - digits.size(), '0');
  if (units < 0) to += '-';
  to.append(digits, 0, digits.size() - decimals_);
  if (decimals_ > 0) to.append(1, '.').append(digits, digits.size() - decimals_);
}

Sweep::Sweep(const std::vector<std::string>& words) {
  StreamHash hash;
  for (const std::string& word : words) hash.add(std::string_view(word.c_str(), word.size() + 1));
  whole_ = {hash.size_bytes(), hash.value()};
  read(words);
  settle_turns();
}

void Sweep::read(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == kList || word == kLinked) {
      lists_.push_back({.is_linked = word == kLinked});
    } else {
      SweepValues values(word);
      List& list = lists_.back();
      if (__builtin_add_overflow(list.size, values.size(), &list.size)) {
        throw UsageError("a list of the sweep has more values than can be counted");
      }
      list.values.push_back(std::move(values));
    }
  }
  for (std::size_t place = 0; place < lists_.size(); ++place) {
    if (lists_[place].size == 0) {
      throw UsageError("list " + std::to_string(place + 1) + " of the sweep (:::) has no values");
    }
  }
}

// From the last group on, which turns fastest.
void Sweep::settle_turns() {
  std::uint64_t stride = 1;
  for (std::size_t end = lists_.size(); end > 0;) {
    std::size_t begin = end - 1;
    while (lists_[begin].is_linked) --begin;
    std::uint64_t turns = std::numeric_limits<std::uint64_t>::max();
    for (std::size_t place = begin; place < end; ++place) {
      turns = std::min(turns, lists_[place].size);
    }
    for (std::size_t place = begin; place < end; ++place) {
      lists_[place].turns = turns;
      lists_[place].stride = stride;
    }
    if (__builtin_mul_overflow(stride, turns, &stride) || stride > kMostSweepItems) {
      throw UsageError("the sweep has more than " + std::to_string(kMostSweepItems) + " items");
    }
    end = begin;
  }
  size_ = stride;
}

std::string_view Sweep::text(std::uint64_t place, std::string& room) const {
  room.clear();
  for (const List& list : lists_) {
    if (&list != &lists_.front()) room += '\0';
    std::uint64_t turn = place / list.stride % list.turns;
    auto values = list.values.begin();
    while (turn >= values->size()) {
      turn -= values->size();
      ++values;
    }
    values->append(turn, room);
  }
  return room;
}

}  // namespace forkmap::host
