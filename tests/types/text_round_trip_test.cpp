// SPDX-License-Identifier: Apache-2.0
//
// Random values of every type, written as text and read back: the same bits.
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <random>

#include "core/types/text_format.hpp"
#include "core/types/visit_scalar.hpp"
#include "tests/catch.hpp"
#include "tests/types/chunk_on_buffer.hpp"

using namespace forkmap::types;

namespace {

constexpr std::uint64_t kBytesCapacity = 1 << 16;
// An ordinary delimiter that random bytes of text columns are kept free of.
constexpr TextRules kRules{.delimiter = '\t', .terminator = '\0', .raw = true};

using Random = std::mt19937_64;

template <class T>
T random_scalar(Random& random) {
  if constexpr (std::is_same_v<T, bool>) {
    return random() % 2 != 0;
  } else if constexpr (std::is_floating_point_v<T>) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    switch (random() % 4) {
      case 0:
        return static_cast<T>(static_cast<std::int64_t>(random() % 2001) - 1000);
      case 1:
        return static_cast<T>(random() % 100000) / T(1000);
      default:
        return std::bit_cast<T>(static_cast<Bits>(random()));  // subnormals and nan, too
    }
  } else {
    // All magnitudes, not only the largest.
    return static_cast<T>(static_cast<T>(random()) >> (random() % (8 * sizeof(T))));
  }
}

template <class T>
bool same(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a)) return std::isnan(b);
  }
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

// A table of columns with its bytes area.
struct Table {
  Table(const std::vector<Type>& types, std::uint64_t items)
      : layout(layout_columns(Part::inputs, types, items)),
        stretch(layout.bytes_offset_bytes + kBytesCapacity) {
    begin_columns(layout, stretch.base());
    argument_columns(layout, stretch.base(), columns.data());
  }
  [[nodiscard]] bool parse(std::uint64_t item, std::string_view line) {
    BadText bad;
    const ParseOutcome outcome =
        parse_row(line, kRules, layout, stretch.base(), item, used, kBytesCapacity, bad);
    INFO("line '" << line << "' reason " << bad.reason);
    CHECK(outcome == ParseOutcome::row);
    return outcome == ParseOutcome::row;
  }
  [[nodiscard]] std::string format(std::uint64_t item) const {
    std::string out;
    format_row(layout, columns.data(), item, kRules, out);
    return out;
  }

  ColumnLayout layout;
  Stretch stretch;
  std::array<forkmap_column, FORKMAP_MAX_COLUMNS> columns{};
  std::uint64_t used = 0;
};

template <class T>
void fixed_round_trip(std::uint32_t code, Random& random) {
  constexpr std::uint64_t kItems = 5000;
  Table from({Type{code}}, kItems);
  Table to({Type{code}}, kItems);
  auto* const values = reinterpret_cast<T*>(from.stretch.base() + from.layout.offsets_bytes[0]);
  const auto* const read = static_cast<const T*>(to.columns[0].values);
  for (std::uint64_t item = 0; item < kItems; ++item) values[item] = random_scalar<T>(random);
  for (std::uint64_t item = 0; item < kItems; ++item) {
    REQUIRE(to.parse(item, from.format(item)));
    INFO(from.format(item));
    REQUIRE(same(values[item], read[item]));
  }
}

// Random text of a value of `type`, in exactly the form that is written.
std::string random_text(Type type, Random& random) {
  std::string out;
  if (!type.is_array() && type.is_variable()) {
    for (std::uint64_t size = random() % 40; out.size() < size;) {
      const char c = static_cast<char>(random() % 256);
      if (c != kRules.delimiter) out += c;
    }
    return out;
  }
  visit_scalar(type.element().code, [&]<class T>(std::type_identity<T>) {
    const std::uint64_t count = type.is_array() ? random() % 6 : 1;
    for (std::uint64_t i = 0; i < count; ++i) {
      const T value = random_scalar<T>(random);
      forkmap_column column{};
      column.values = &value;
      if (i > 0) out += ',';
      format_value(type.element(), column, 0, true, out);
    }
  });
  return out;
}

Type random_type(Random& random) {
  for (;;) {
    const Type type{static_cast<std::uint32_t>(random() % 32 + (random() % 2) * FORKMAP_ARRAY)};
    if (is_known(type)) return type;
  }
}

}  // namespace

TEST_CASE("every value of a number or bool reads back with the same bits") {
  Random random(4);
  for (std::uint32_t code = FORKMAP_BOOL; code <= FORKMAP_F64; ++code) {
    visit_scalar(code, [&]<class T>(std::type_identity<T>) { fixed_round_trip<T>(code, random); });
  }
}

TEST_CASE("rows of any types read back as the same text, and lie where the next row expects") {
  Random random(5);
  for (int round = 0; round < 400; ++round) {
    std::vector<Type> types(1 + random() % FORKMAP_MAX_COLUMNS);
    for (Type& type : types) type = random_type(random);
    const std::uint64_t items = 1 + random() % 20;
    Table table(types, items);
    std::vector<std::string> lines;
    for (std::uint64_t item = 0; item < items; ++item) {
      std::string line;
      for (std::size_t column = 0; column < types.size(); ++column) {
        if (column > 0) line += kRules.delimiter;
        line += random_text(types[column], random);
      }
      REQUIRE(table.parse(item, line));
      lines.push_back(line);
    }
    for (std::uint64_t item = 0; item < items; ++item) REQUIRE(table.format(item) == lines[item]);
    REQUIRE(table.stretch.is_intact());
  }
}

TEST_CASE("escaped text is one line and one column, and unescapes to what it was") {
  Random random(6);
  for (int round = 0; round < 2000; ++round) {
    std::string value;
    for (std::uint64_t size = random() % 60; value.size() < size;) {
      value += "ab\n\t\r\\"[random() % 6];
    }
    const std::uint64_t start = 0;
    const std::uint64_t end = value.size();
    forkmap_column column{};
    column.starts = &start;
    column.ends = &end;
    column.bytes = reinterpret_cast<const unsigned char*>(value.data());
    std::string out;
    format_value(Type{FORKMAP_STR}, column, 0, false, out);
    REQUIRE(out.find_first_of("\n\t\r") == std::string::npos);
    std::string back;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (out[i] != '\\') {
        back += out[i];
        continue;
      }
      ++i;
      REQUIRE(i < out.size());
      back += out[i] == 'n' ? '\n' : out[i] == 't' ? '\t' : out[i] == 'r' ? '\r' : out[i];
    }
    REQUIRE(back == value);
  }
}

TEST_CASE(
    "arbitrary lines are a row or bad, stay in their memory, and a row reads back as itself") {
  Random random(8);
  constexpr std::string_view kAlphabet = "0123456789-+.,eExinfatrue \t\r";
  for (int round = 0; round < 20000; ++round) {
    std::vector<Type> types(1 + random() % 3);
    for (Type& type : types) type = random_type(random);
    Table table(types, 2);
    std::string line;
    for (std::uint64_t size = random() % 12; line.size() < size;) {
      line += random() % 20 == 0 ? static_cast<char>(random() % 256)
                                 : kAlphabet[random() % kAlphabet.size()];
    }
    BadText bad;
    const ParseOutcome outcome = parse_row(line, kRules, table.layout, table.stretch.base(), 0,
                                           table.used, kBytesCapacity, bad);
    INFO("line '" << line << "' reason " << bad.reason);
    REQUIRE(table.stretch.is_intact());
    if (outcome != ParseOutcome::row) {
      REQUIRE(outcome == ParseOutcome::bad);
      REQUIRE_FALSE(bad.reason.empty());
      REQUIRE(bad.column <= types.size());
      REQUIRE(table.used == 0);
      continue;
    }
    const std::string first = table.format(0);
    REQUIRE(table.parse(1, first));
    REQUIRE(table.format(1) == first);
  }
}
