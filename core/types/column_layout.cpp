// SPDX-License-Identifier: Apache-2.0
#include "core/types/column_layout.hpp"

#include "core/base/check.hpp"

namespace forkmap::types {

namespace {

constexpr std::uint64_t kPartAlignment = 8;
constexpr std::uint64_t kBytesAreaAlignment = 64;

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t multiple) noexcept {
  return (value + multiple - 1) / multiple * multiple;
}

template <class T, class Byte>
auto* at(Byte* base, std::uint64_t offset_bytes) noexcept {
  using Target = std::conditional_t<std::is_const_v<Byte>, const T, T>;
  return reinterpret_cast<Target*>(base + offset_bytes);
}

}  // namespace

ColumnLayout layout_columns(Part part, std::span<const Type> types, std::uint64_t capacity_items) {
  FORKMAP_CHECK(types.size() <= FORKMAP_MAX_COLUMNS);
  FORKMAP_CHECK(capacity_items <= kMaxCapacityItems);
  ColumnLayout layout;
  layout.capacity_items = capacity_items;
  layout.column_count = static_cast<std::uint32_t>(types.size());
  std::uint64_t end = 0;
  if (part == Part::results) end = round_up(capacity_items, kPartAlignment);
  for (std::size_t column = 0; column < types.size(); ++column) {
    const Type type = types[column];
    FORKMAP_CHECK(is_known(type));
    layout.types[column] = type;
    layout.offsets_bytes[column] = end;
    if (type.is_variable()) {
      layout.last_variable = static_cast<int>(column);
      end += (capacity_items + 1) * sizeof(std::uint64_t);
    } else {
      end += round_up(capacity_items * element_bytes(type), kPartAlignment);
    }
  }
  layout.head_bytes = end;
  if (part == Part::results) {
    layout.errors_offset_bytes = end;
    end += capacity_items * sizeof(ErrorPlace);
  }
  layout.bytes_offset_bytes = round_up(end, kBytesAreaAlignment);
  return layout;
}

void begin_columns(const ColumnLayout& layout, std::byte* base) noexcept {
  if (!layout.has_variable()) return;
  *at<std::uint64_t>(base, layout.offsets_bytes[static_cast<std::size_t>(layout.last_variable)]) =
      0;
}

void argument_columns(const ColumnLayout& layout, const std::byte* base,
                      forkmap_column* columns) noexcept {
  const std::uint64_t* starts = nullptr;
  if (layout.has_variable()) {
    starts = at<std::uint64_t>(
        base, layout.offsets_bytes[static_cast<std::size_t>(layout.last_variable)]);
  }
  for (std::uint32_t column = 0; column < layout.column_count; ++column) {
    forkmap_column& view = columns[column];
    view = forkmap_column{};
    view.type = layout.types[column].code;
    if (!layout.types[column].is_variable()) {
      view.values = base + layout.offsets_bytes[column];
      continue;
    }
    view.starts = starts;
    view.ends = at<std::uint64_t>(base, layout.offsets_bytes[column]) + 1;
    view.bytes = at<unsigned char>(base, layout.bytes_offset_bytes);
    starts = view.ends;
  }
}

void result_columns(const ColumnLayout& layout, std::byte* base,
                    forkmap_result_column* columns) noexcept {
  begin_columns(layout, base);
  for (std::uint32_t column = 0; column < layout.column_count; ++column) {
    forkmap_result_column& view = columns[column];
    view = forkmap_result_column{};
    view.type = layout.types[column].code;
    if (layout.types[column].is_variable()) {
      view.ends = at<std::uint64_t>(base, layout.offsets_bytes[column]) + 1;
    } else {
      view.values = base + layout.offsets_bytes[column];
    }
  }
}

void readable_columns(const ColumnLayout& layout, const std::byte* base,
                      forkmap_column* columns) noexcept {
  argument_columns(layout, base, columns);
}

void close_row(const ColumnLayout& layout, std::byte* base, std::uint64_t item,
               std::uint64_t fill_bytes) noexcept {
  for (std::uint32_t column = 0; column < layout.column_count; ++column) {
    if (!layout.types[column].is_variable()) continue;
    at<std::uint64_t>(base, layout.offsets_bytes[column])[item + 1] = fill_bytes;
  }
}

}  // namespace forkmap::types
