// SPDX-License-Identifier: Apache-2.0
#include "core/types/row_copy.hpp"

#include <array>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace forkmap::types;

namespace {

constexpr std::uint64_t kBytesCapacity = 1 << 16;

std::vector<Type> types_of(std::string_view arguments) {
  return parse_signature("(" + std::string(arguments) + ") -> ()").arguments;
}

// Columns whose variable values are runs of one character; fixed columns hold the row's number.
class Block {
 public:
  Block(const std::vector<Type>& types, std::uint64_t capacity)
      : layout(layout_columns(Part::inputs, types, capacity)),
        memory_((layout.bytes_offset_bytes + kBytesCapacity) / 8) {}

  void append(std::uint64_t row, const std::vector<std::uint64_t>& sizes) {
    std::array<forkmap_result_column, FORKMAP_MAX_COLUMNS> columns{};
    if (row == 0) begin_columns(layout, base());
    const std::uint64_t zero_kept = layout.has_variable() ? word_of_last() : 0;
    result_columns(layout, base(), columns.data());
    CHECK((!layout.has_variable() || word_of_last() == zero_kept));
    for (std::uint32_t column = 0; column < layout.column_count; ++column) {
      const std::uint32_t element = element_bytes(layout.types[column]);
      if (!layout.types[column].is_variable()) {
        std::memset(static_cast<std::byte*>(columns[column].values) + row * element,
                    static_cast<int>(row + 1), element);
        continue;
      }
      const std::uint64_t begin = aligned_start(fill, element);
      const std::uint64_t size = sizes[column] * element;
      std::memset(base() + layout.bytes_offset_bytes + begin,
                  static_cast<int>('a' + (row + column) % 26), size);
      fill = begin + size;
      columns[column].ends[row] = fill;
    }
  }

  // Bytes of one value, whatever its type.
  [[nodiscard]] std::string value(std::uint64_t row, std::uint32_t column) {
    std::array<forkmap_column, FORKMAP_MAX_COLUMNS> columns{};
    argument_columns(layout, base(), columns.data());
    const forkmap_column& from = columns[column];
    const std::uint32_t element = element_bytes(layout.types[column]);
    if (from.ends == nullptr) {
      return std::string(static_cast<const char*>(from.values) + row * element, element);
    }
    const std::uint64_t begin = aligned_start(from.starts[row], element);
    return std::string(reinterpret_cast<const char*>(from.bytes + begin), from.ends[row] - begin);
  }

  [[nodiscard]] std::byte* base() { return reinterpret_cast<std::byte*>(memory_.data()); }

  ColumnLayout layout;
  std::uint64_t fill = 0;

 private:
  [[nodiscard]] std::uint64_t word_of_last() {
    std::uint64_t word = 0;
    std::memcpy(&word,
                base() + layout.offsets_bytes[static_cast<std::size_t>(layout.last_variable)],
                sizeof(word));
    return word;
  }

  std::vector<std::uint64_t> memory_;
};

}  // namespace

TEST_CASE("rows copied to another block have the same values, wherever they were") {
  std::mt19937_64 random(7);
  for (const char* types :
       {"i64", "str", "f64[]", "i8,str,f64[],bool,i16[],bytes", "u8[],f64,f64[]", "str,f32[],u8"}) {
    for (int round = 0; round < 50; ++round) {
      const std::uint64_t rows = 1 + random() % 20;
      Block from(types_of(types), rows);
      for (std::uint64_t row = 0; row < rows; ++row) {
        std::vector<std::uint64_t> sizes(from.layout.column_count);
        for (std::uint64_t& size : sizes) size = random() % 9;
        from.append(row, sizes);
      }
      const std::uint64_t first = random() % rows;
      const std::uint64_t count = 1 + random() % (rows - first);
      Block to(types_of(types), count + random() % 3);
      const RowSpan span{&from.layout, from.base(), first, count};
      const auto fill = copy_rows(span, to.layout, to.base(), kBytesCapacity);
      REQUIRE(fill.has_value());
      for (std::uint64_t row = 0; row < count; ++row) {
        for (std::uint32_t column = 0; column < to.layout.column_count; ++column) {
          REQUIRE(to.value(row, column) == from.value(first + row, column));
        }
      }
    }
  }
}

TEST_CASE("a copy that exactly fits is made, one byte less is refused") {
  Block from(types_of("str,i64[]"), 3);
  from.append(0, {1, 2});
  from.append(1, {3, 1});
  from.append(2, {5, 0});
  const RowSpan last_two{&from.layout, from.base(), 1, 2};
  Block to(types_of("str,i64[]"), 2);
  // 3 bytes, padding to 8, one value, 5 bytes, padding to 24 of an empty array
  const auto fill = copy_rows(last_two, to.layout, to.base(), 24);
  REQUIRE(fill.has_value());
  CHECK(*fill == 24);
  CHECK_FALSE(copy_rows(last_two, to.layout, to.base(), 23).has_value());
  CHECK_FALSE(copy_rows(last_two, to.layout, to.base(), 0).has_value());
}

TEST_CASE("the bytes of rows are those between the first one's start and the last one's end") {
  Block block(types_of("i64,str,bytes"), 3);
  block.append(0, {0, 4, 1});
  block.append(1, {0, 0, 2});
  block.append(2, {0, 3, 3});
  CHECK(row_bytes({&block.layout, block.base(), 0, 3}) == 13);
  CHECK(row_bytes({&block.layout, block.base(), 0, 1}) == 5);
  CHECK(row_bytes({&block.layout, block.base(), 1, 1}) == 2);
  CHECK(row_bytes({&block.layout, block.base(), 1, 2}) == 8);
  CHECK(row_bytes({&block.layout, block.base(), 1, 0}) == 0);
  Block fixed(types_of("i64,bool"), 3);
  fixed.append(0, {});
  CHECK(row_bytes({&fixed.layout, fixed.base(), 0, 1}) == 0);
}

TEST_CASE("rows of fixed columns need no bytes area") {
  Block from(types_of("i16,f64"), 3);
  for (std::uint64_t row = 0; row < 3; ++row) from.append(row, {});
  Block to(types_of("i16,f64"), 2);
  CHECK(copy_rows({&from.layout, from.base(), 1, 2}, to.layout, to.base(), 0) == 0u);
  CHECK(to.value(1, 0) == std::string(2, '\3'));
  CHECK(to.value(0, 1) == std::string(8, '\2'));
}
