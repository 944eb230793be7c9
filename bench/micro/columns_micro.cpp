// SPDX-License-Identifier: Apache-2.0
//
// Where columns lie, and moving their rows.
#include <benchmark/benchmark.h>

#include <vector>

#include "core/types/column_layout.hpp"
#include "core/types/row_copy.hpp"

using namespace forkmap::types;

namespace {

constexpr std::uint64_t kRows = 1024;
constexpr std::uint64_t kRowBytes = 16;

std::vector<Type> two_types(std::uint32_t second) { return {Type{FORKMAP_F64}, Type{second}}; }

void layout_of_two_columns(benchmark::State& state, std::uint32_t second) {
  const auto types = two_types(second);
  for (auto _ : state) benchmark::DoNotOptimize(layout_columns(Part::results, types, kRows));
}
BENCHMARK_CAPTURE(layout_of_two_columns, f64_i64, FORKMAP_I64);
BENCHMARK_CAPTURE(layout_of_two_columns, f64_str, FORKMAP_STR);

// Rows of an f64 and a second column; texts are of 16 bytes.
void copy_rows_of(benchmark::State& state, std::uint32_t second) {
  const auto types = two_types(second);
  const ColumnLayout layout = layout_columns(Part::inputs, types, kRows);
  const std::uint64_t area_bytes = kRows * kRowBytes;
  std::vector<std::uint64_t> from((layout.bytes_offset_bytes + area_bytes) / 8 + 1);
  std::vector<std::uint64_t> to(from.size());
  auto* const base = reinterpret_cast<std::byte*>(from.data());
  begin_columns(layout, base);
  if (layout.has_variable()) {
    auto* const ends = reinterpret_cast<std::uint64_t*>(base + layout.offsets_bytes[1]);
    for (std::uint64_t row = 0; row <= kRows; ++row) ends[row] = row * kRowBytes;
  }
  for (auto _ : state) {
    const auto fill = copy_rows({&layout, base, 0, kRows}, layout,
                                reinterpret_cast<std::byte*>(to.data()), area_bytes);
    if (!fill) state.SkipWithError("the rows do not fit");
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows));
}
BENCHMARK_CAPTURE(copy_rows_of, f64_i64, FORKMAP_I64);
BENCHMARK_CAPTURE(copy_rows_of, f64_str, FORKMAP_STR);

}  // namespace
