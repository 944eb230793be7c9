// SPDX-License-Identifier: Apache-2.0
#include "core/types/column_layout.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <utility>
#include <vector>

#include "tests/catch.hpp"

using namespace forkmap::types;

namespace {

constexpr std::uint32_t kArrayOfI16 = FORKMAP_ARRAY | FORKMAP_I16;
constexpr std::uint32_t kArrayOfF64 = FORKMAP_ARRAY | FORKMAP_F64;

std::vector<Type> types_of(std::initializer_list<std::uint32_t> codes) {
  std::vector<Type> types;
  for (const std::uint32_t code : codes) types.push_back(Type{code});
  return types;
}

std::vector<Type> random_types(std::mt19937_64& random, std::size_t count) {
  std::vector<Type> types;
  while (types.size() < count) {
    const Type type{static_cast<std::uint32_t>(random() % 32 + (random() % 2) * FORKMAP_ARRAY)};
    if (is_known(type)) types.push_back(type);
  }
  return types;
}

struct Range {
  std::uint64_t begin;
  std::uint64_t end;
};

// Everything that the layout gives room to, in bytes from its base.
std::vector<Range> parts_of(Part part, const ColumnLayout& layout) {
  const std::uint64_t items = layout.capacity_items;
  std::vector<Range> parts;
  if (part == Part::results) {
    parts.push_back({layout.status_offset_bytes, layout.status_offset_bytes + items});
    parts.push_back(
        {layout.errors_offset_bytes, layout.errors_offset_bytes + items * sizeof(ErrorPlace)});
  }
  for (std::uint32_t column = 0; column < layout.column_count; ++column) {
    const std::uint64_t begin = layout.offsets_bytes[column];
    const std::uint64_t size = layout.types[column].is_variable()
                                   ? (items + 1) * 8
                                   : items * element_bytes(layout.types[column]);
    parts.push_back({begin, begin + size});
  }
  parts.push_back({layout.bytes_offset_bytes, layout.bytes_offset_bytes + 1});
  return parts;
}

}  // namespace

TEST_CASE("parts of a layout are aligned and do not overlap, whatever types and capacity") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 3000; ++round) {
    const Part part = round % 2 == 0 ? Part::inputs : Part::results;
    const std::size_t least = part == Part::inputs ? 1 : 0;
    const auto types = random_types(random, least + random() % (FORKMAP_MAX_COLUMNS + 1 - least));
    const std::uint64_t capacity = random() % 3 == 0 ? random() % 4 : random() % 5000;
    const ColumnLayout layout = layout_columns(part, types, capacity);

    REQUIRE(layout.capacity_items == capacity);
    REQUIRE(layout.column_count == types.size());
    REQUIRE(std::equal(types.begin(), types.end(), layout.types.begin()));
    REQUIRE(layout.bytes_offset_bytes % 64 == 0);
    REQUIRE(layout.head_bytes <= layout.bytes_offset_bytes);
    std::vector<Range> parts = parts_of(part, layout);
    for (const Range& range : parts) REQUIRE(range.begin % 8 == 0);
    std::sort(parts.begin(), parts.end(), [](const Range& a, const Range& b) {
      return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    for (std::size_t i = 1; i < parts.size(); ++i) REQUIRE(parts[i - 1].end <= parts[i].begin);
  }
}

TEST_CASE("a layout is a function of part, types and capacity only") {
  const auto types = types_of({FORKMAP_STR, FORKMAP_I8, kArrayOfF64});
  const ColumnLayout first = layout_columns(Part::results, types, 100);
  const ColumnLayout second = layout_columns(Part::results, types, 100);
  CHECK(first.offsets_bytes == second.offsets_bytes);
  CHECK(first.bytes_offset_bytes == second.bytes_offset_bytes);
  CHECK(first.errors_offset_bytes == second.errors_offset_bytes);
}

TEST_CASE("the exact places of a small layout of results") {
  const auto types = types_of({FORKMAP_I32, FORKMAP_STR, FORKMAP_BOOL});
  const ColumnLayout layout = layout_columns(Part::results, types, 5);
  CHECK(layout.status_offset_bytes == 0);
  CHECK(layout.offsets_bytes[0] == 8);
  CHECK(layout.offsets_bytes[1] == 8 + 24);
  CHECK(layout.offsets_bytes[2] == 32 + 48);
  CHECK(layout.head_bytes == 80 + 8);
  CHECK(layout.errors_offset_bytes == 88);
  CHECK(layout.bytes_offset_bytes == 192);  // 88 + 5 * 16 = 168, rounded up
  CHECK(layout.last_variable == 1);
}

TEST_CASE("inputs have neither status nor error places") {
  const auto types = types_of({FORKMAP_I64});
  const ColumnLayout layout = layout_columns(Part::inputs, types, 8);
  CHECK(layout.offsets_bytes[0] == 0);
  CHECK(layout.head_bytes == 64);
  CHECK(layout.bytes_offset_bytes == 64);
}

TEST_CASE("the last variable column is found, and its absence") {
  const auto last_of = [](std::initializer_list<std::uint32_t> codes) {
    return layout_columns(Part::inputs, types_of(codes), 3).last_variable;
  };
  CHECK(last_of({FORKMAP_I64, FORKMAP_F32}) == -1);
  CHECK(last_of({FORKMAP_STR}) == 0);
  CHECK(last_of({FORKMAP_STR, FORKMAP_I64, FORKMAP_BYTES, FORKMAP_BOOL}) == 2);
  CHECK_FALSE(layout_columns(Part::inputs, types_of({FORKMAP_I64}), 3).has_variable());
  CHECK(layout_columns(Part::inputs, types_of({kArrayOfI16}), 3).has_variable());
}

TEST_CASE("a function without results still has status and error places") {
  const std::vector<Type> none;
  const ColumnLayout layout = layout_columns(Part::results, none, 56);
  CHECK(layout.errors_offset_bytes == 56);
  CHECK(layout.bytes_offset_bytes == 960);
}

TEST_CASE("starts and ends of variable columns chain through the row and into the next one") {
  const auto types = types_of({FORKMAP_I64, FORKMAP_STR, FORKMAP_U8, kArrayOfF64, FORKMAP_BYTES});
  const ColumnLayout layout = layout_columns(Part::inputs, types, 2);
  std::vector<std::uint64_t> memory(layout.bytes_offset_bytes / 8 + 16, 0xaaaaaaaaaaaaaaaau);
  auto* const base = reinterpret_cast<std::byte*>(memory.data());
  begin_columns(layout, base);
  std::array<forkmap_column, FORKMAP_MAX_COLUMNS> columns{};
  argument_columns(layout, base, columns.data());

  CHECK(columns[0].values == base);
  CHECK(columns[0].starts == nullptr);
  CHECK(columns[0].ends == nullptr);
  CHECK(columns[0].bytes == nullptr);
  CHECK(columns[1].values == nullptr);
  CHECK(columns[1].starts + 1 == columns[4].ends);  // item 0 of the first starts at word 0
  CHECK(*columns[1].starts == 0);
  CHECK(columns[3].starts == columns[1].ends);
  CHECK(columns[4].starts == columns[3].ends);
  for (const int column : {1, 3, 4}) {
    const auto index = static_cast<std::size_t>(column);
    CHECK(columns[index].bytes ==
          reinterpret_cast<unsigned char*>(base + layout.bytes_offset_bytes));
    CHECK(reinterpret_cast<const std::byte*>(columns[index].ends) ==
          base + layout.offsets_bytes[index] + 8);
  }
  for (std::uint32_t column = 0; column < 5; ++column) {
    CHECK(columns[column].type == types[column].code);
  }
}

TEST_CASE("a lone variable column starts where its item before ended") {
  const ColumnLayout layout = layout_columns(Part::inputs, types_of({FORKMAP_STR}), 3);
  std::vector<std::uint64_t> memory(layout.bytes_offset_bytes / 8 + 8, 77);
  auto* const base = reinterpret_cast<std::byte*>(memory.data());
  begin_columns(layout, base);
  forkmap_column column{};
  argument_columns(layout, base, &column);
  CHECK(column.starts[0] == 0);
  CHECK(column.starts + 1 == column.ends);
}

TEST_CASE("result columns begin with a zero, and read back what was written") {
  const auto types = types_of({FORKMAP_STR, FORKMAP_I32, FORKMAP_BYTES});
  const ColumnLayout layout = layout_columns(Part::results, types, 4);
  std::vector<std::uint64_t> memory(layout.bytes_offset_bytes / 8 + 8, ~std::uint64_t{0});
  auto* const base = reinterpret_cast<std::byte*>(memory.data());
  std::array<forkmap_result_column, FORKMAP_MAX_COLUMNS> results{};
  result_columns(layout, base, results.data());
  CHECK(results[0].values == nullptr);
  CHECK(results[1].ends == nullptr);
  static_cast<std::int32_t*>(results[1].values)[3] = -5;
  results[0].ends[0] = 2;
  results[2].ends[0] = 6;
  results[0].ends[1] = 9;

  std::array<forkmap_column, FORKMAP_MAX_COLUMNS> columns{};
  readable_columns(layout, base, columns.data());
  CHECK(static_cast<const std::int32_t*>(columns[1].values)[3] == -5);
  CHECK(columns[0].starts[0] == 0);
  CHECK(columns[0].ends[0] == 2);
  CHECK(columns[2].starts[0] == 2);
  CHECK(columns[2].ends[0] == 6);
  CHECK(columns[0].starts[1] == 6);
  CHECK(columns[0].ends[1] == 9);
}

TEST_CASE("beginning a part without variable columns writes nothing") {
  const ColumnLayout layout = layout_columns(Part::inputs, types_of({FORKMAP_I64}), 2);
  std::array<std::uint64_t, 8> memory{};
  memory.fill(5);
  begin_columns(layout, reinterpret_cast<std::byte*>(memory.data()));
  CHECK(std::all_of(memory.begin(), memory.end(), [](std::uint64_t word) { return word == 5; }));
}

TEST_CASE("an array's value begins at its start rounded up to the element size") {
  CHECK(aligned_start(0, 8) == 0);
  CHECK(aligned_start(1, 8) == 8);
  CHECK(aligned_start(8, 8) == 8);
  CHECK(aligned_start(13, 4) == 16);
  CHECK(aligned_start(13, 2) == 14);
  CHECK(aligned_start(13, 1) == 13);
}
