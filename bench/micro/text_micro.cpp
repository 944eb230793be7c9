// SPDX-License-Identifier: Apache-2.0
//
// Text to a column and back, for each type; the rate is that of items.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "core/types/column_layout.hpp"
#include "core/types/parse_lines.hpp"
#include "core/types/short_number.hpp"
#include "core/types/text_format.hpp"

using namespace forkmap::types;

namespace {

constexpr std::uint64_t kItems = 1024;
constexpr std::uint64_t kAreaBytes = 64 * kItems;
constexpr std::array kTexts = {"7",  "48",  "123", "0",
                               "91", "100", "5",   "77"};  // any type takes them
constexpr std::array kFractions = {"0.5", "3.14159", "-271.828", "1e-7", "6.02e23", "42", "0.1"};
constexpr std::array kFlags = {"0", "1", "true", "false"};
constexpr std::array kLists = {"1,2,3", "4", "", "5,6"};

std::string_view text_for(std::uint32_t code, std::uint64_t item) {
  if (code == FORKMAP_BOOL) return kFlags[item % kFlags.size()];
  if (code == FORKMAP_F32 || code == FORKMAP_F64) return kFractions[item % kFractions.size()];
  if ((code & FORKMAP_ARRAY) != 0) return kLists[item % kLists.size()];
  return kTexts[item % kTexts.size()];
}

// Lines as a worker sees them: texts behind one another, and where each ends.
struct Lines {
  explicit Lines(std::uint32_t code) : text(kReadableBytesBefore, ' ') {
    ends.push_back(0);
    for (std::uint64_t item = 0; item < kItems; ++item) {
      text += text_for(code, item);
      ends.push_back(text.size() - kReadableBytesBefore);
    }
  }
  [[nodiscard]] forkmap_column column() const noexcept {
    forkmap_column lines{};
    lines.starts = ends.data();
    lines.ends = ends.data() + 1;
    lines.bytes = reinterpret_cast<const unsigned char*>(text.data()) + kReadableBytesBefore;
    return lines;
  }
  std::string text;
  std::vector<std::uint64_t> ends;
};

struct Column {
  explicit Column(std::uint32_t code)
      : types{Type{code}}, layout(layout_columns(Part::inputs, types, kItems)) {
    memory.resize((layout.bytes_offset_bytes + kAreaBytes) / 8 + 1);
    begin_columns(layout, base());
  }
  [[nodiscard]] std::byte* base() noexcept { return reinterpret_cast<std::byte*>(memory.data()); }
  // Whether every line was a value.
  bool parse(const forkmap_column& lines) {
    ParsedRows rows{.layout = layout, .base = base(), .bytes_capacity = kAreaBytes};
    BadText bad;
    return parse_lines(lines, 0, kItems, {}, rows, bad) == kItems;
  }
  std::array<Type, 1> types;
  ColumnLayout layout;
  std::vector<std::uint64_t> memory;
};

void parse_text(benchmark::State& state, std::uint32_t code) {
  const Lines lines(code);
  Column column(code);
  for (auto _ : state) {
    if (!column.parse(lines.column())) state.SkipWithError("a text is no value");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kItems));
}

void print_text(benchmark::State& state, std::uint32_t code) {
  const Lines lines(code);
  Column column(code);
  if (!column.parse(lines.column())) state.SkipWithError("a text is no value");
  std::array<forkmap_column, 1> columns{};
  argument_columns(column.layout, column.base(), columns.data());
  const std::vector<unsigned char> status(kItems, FORKMAP_STATUS_VALUE);
  std::string room(kAreaBytes, '\0');
  for (auto _ : state) {
    const auto bytes = print_lines(column.layout, {columns.data(), status.data(), kItems}, {},
                                   {room.data(), room.size(), nullptr});
    if (!bytes) state.SkipWithError("the room is too small");
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kItems));
}

#define BOTH_WAYS(name, code)                \
  BENCHMARK_CAPTURE(parse_text, name, code); \
  BENCHMARK_CAPTURE(print_text, name, code)

BOTH_WAYS(bool, FORKMAP_BOOL);
BOTH_WAYS(i8, FORKMAP_I8);
BOTH_WAYS(i16, FORKMAP_I16);
BOTH_WAYS(i32, FORKMAP_I32);
BOTH_WAYS(i64, FORKMAP_I64);
BOTH_WAYS(u8, FORKMAP_U8);
BOTH_WAYS(u16, FORKMAP_U16);
BOTH_WAYS(u32, FORKMAP_U32);
BOTH_WAYS(u64, FORKMAP_U64);
BOTH_WAYS(f32, FORKMAP_F32);
BOTH_WAYS(f64, FORKMAP_F64);
BOTH_WAYS(str, FORKMAP_STR);
BOTH_WAYS(bytes, FORKMAP_BYTES);
BOTH_WAYS(f64_array, FORKMAP_ARRAY | FORKMAP_F64);

}  // namespace
