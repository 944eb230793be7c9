// SPDX-License-Identifier: Apache-2.0
//
// Lines printed into memory are those that format_row() makes, or there was too little room.
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "core/types/print_number.hpp"
#include "core/types/text_format.hpp"
#include "tests/catch.hpp"
#include "tests/types/chunk_on_buffer.hpp"

using namespace forkmap::types;

namespace {

constexpr std::uint64_t kBytesCapacity = 1 << 18;
constexpr std::array<unsigned char, 5> kRareBytes = {'\n', '\t', '\r', '\\', 1};
using Random = std::mt19937_64;

// Rows of random results, some of them failed.
struct Results {
  Results(const std::vector<Type>& types, std::uint64_t items, Random& random)
      : layout(layout_columns(Part::inputs, types, items)),
        stretch(layout.bytes_offset_bytes + kBytesCapacity),
        status(items) {
    begin_columns(layout, stretch.base());
    argument_columns(layout, stretch.base(), columns.data());
    std::uint64_t fill = 0;
    const bool some_fail = random() % 2 == 0;
    for (std::uint64_t item = 0; item < items; ++item) {
      status[item] =
          some_fail && random() % 20 == 0 ? FORKMAP_STATUS_BAD_ITEM : FORKMAP_STATUS_VALUE;
      for (std::uint32_t column = 0; column < types.size(); ++column) {
        put(types[column], column, item, fill, random);
      }
    }
  }

  void put(Type type, std::uint32_t column, std::uint64_t item, std::uint64_t& fill,
           Random& random) {
    std::byte* place = stretch.base() + layout.offsets_bytes[column];
    std::uint64_t size = element_bytes(type);
    if (type.is_variable()) {
      auto* const ends = reinterpret_cast<std::uint64_t*>(place) + 1;
      fill = aligned_start(fill, static_cast<std::uint32_t>(size));
      place = stretch.base() + layout.bytes_offset_bytes + fill;
      size *= random() % (type.is_array() ? 4 : 200);
      fill += size;
      ends[item] = fill;
    } else {
      place += item * size;
    }
    for (std::uint64_t i = 0; i < size; ++i) {
      // Now and then a character that is escaped.
      const bool rare = random() % 64 == 0;
      place[i] = static_cast<std::byte>(rare ? kRareBytes[random() % 5] : random() % 256);
    }
  }

  [[nodiscard]] std::string lines(const TextRules& rules, std::vector<std::uint64_t>& ends) const {
    std::string text;
    for (std::uint64_t item = 0; item < status.size(); ++item) {
      if (status[item] == FORKMAP_STATUS_VALUE) {
        format_row(layout, columns.data(), item, rules, text);
        text += rules.terminator;
      }
      ends.push_back(text.size());
    }
    return text;
  }

  ColumnLayout layout;
  Stretch stretch;
  std::vector<unsigned char> status;
  std::array<forkmap_column, FORKMAP_MAX_COLUMNS> columns{};
};

Type random_type(Random& random) {
  constexpr std::array kCodes = {FORKMAP_BOOL, FORKMAP_I8,  FORKMAP_I16,  FORKMAP_I32, FORKMAP_I64,
                                 FORKMAP_U8,   FORKMAP_U16, FORKMAP_U32,  FORKMAP_U64, FORKMAP_F32,
                                 FORKMAP_F64,  FORKMAP_STR, FORKMAP_BYTES};
  const std::uint32_t code = kCodes[random() % kCodes.size()];
  const bool is_array =
      code != FORKMAP_BOOL && code != FORKMAP_STR && code != FORKMAP_BYTES && random() % 4 == 0;
  return Type{is_array ? FORKMAP_ARRAY | code : code};
}

template <class T>
std::string by_to_chars(T value) {
  std::array<char, 64> digits;
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

template <class T>
std::string printed(T value) {
  std::array<char, kLongestNumberBytes> digits;
  return {digits.data(), print_number(value, digits.data())};
}
template <class T>
std::string printed_before(T value) {
  std::array<char, kLongestNumberBytes> digits;
  char* const end = digits.data() + digits.size();
  return {print_number_before(value, end), end};
}

}  // namespace

TEST_CASE("printed lines are formatted rows, in any room that is large enough") {
  Random random(5);
  std::size_t refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<Type> types(random() % 4);
    if (random() % 2 == 0) types.resize(1);
    for (Type& type : types) type = random_type(random);
    const Results results(types, 1 + random() % 120, random);
    const TextRules rules{.terminator = random() % 2 == 0 ? '\n' : '\0', .raw = random() % 4 == 0};
    std::vector<std::uint64_t> wanted_ends;
    const std::string wanted = results.lines(rules, wanted_ends);

    const bool is_small = random() % 2 == 0;
    const std::uint64_t size =
        is_small ? random() % (wanted.size() + 1) : wanted.size() + kLongestNumberBytes;
    const Stretch room(size);
    std::vector<std::uint64_t> ends(results.status.size());
    const bool has_ends = random() % 2 == 0;
    const auto seen = print_lines(
        results.layout, {results.columns.data(), results.status.data(), results.status.size()},
        rules, {reinterpret_cast<char*>(room.base()), size, has_ends ? ends.data() : nullptr});
    REQUIRE(room.is_intact());
    if (!seen) {
      REQUIRE(is_small);
      ++refused;
      continue;
    }
    REQUIRE(std::string(reinterpret_cast<const char*>(room.base()), *seen) == wanted);
    if (has_ends) REQUIRE(ends == wanted_ends);
  }
  CHECK(refused > 100);
  CHECK(refused < 1900);
}

TEST_CASE("numbers are printed as to_chars prints them") {
  Random random(6);
  const auto check = [](auto value) {
    REQUIRE(printed(value) ==
            (std::isnan(static_cast<double>(value)) ? "nan" : by_to_chars(value)));
    if constexpr (std::integral<decltype(value)>) REQUIRE(printed_before(value) == printed(value));
  };
  for (int round = 0; round < 200'000; ++round) {
    const std::uint64_t bits = random() >> (random() % 64);
    check(bits);
    check(static_cast<std::int64_t>(random() % 2 == 0 ? bits : ~bits));
    check(static_cast<std::int32_t>(bits));
    check(static_cast<std::uint8_t>(bits));
    check(std::bit_cast<double>(random()));
    check(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
    const auto whole = static_cast<double>(bits >> (random() % 12));
    check(whole);
    check(-whole);
    check(static_cast<float>(whole));
    check(whole / 8);
    check(whole * 1e3);
    check(std::nextafter(whole, 0.0));
  }
  for (int exponent = 0; exponent < 40; ++exponent) {
    for (int digit = -1; digit < 10; ++digit) {
      check(std::pow(10.0, exponent) * digit);
      check(std::pow(10.0, exponent) + digit);
      check(std::ldexp(1.0, exponent * 2) + digit);
    }
  }
  for (const double edge :
       {0.0, -0.0, std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(),
        9007199254740991.0, 9007199254740992.0, 9007199254740994.0}) {
    check(edge);
  }
}
