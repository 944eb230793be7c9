// SPDX-License-Identifier: Apache-2.0
#include "core/node/result_image.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/base/check.hpp"
#include "core/types/row_copy.hpp"

namespace forkmap::node {

namespace {

using types::ColumnLayout;
using types::Part;
using Columns = std::array<forkmap_column, FORKMAP_MAX_COLUMNS>;

// An array may begin so many bytes later than elsewhere.
constexpr std::uint64_t kMostPaddingBytes = 7;
// Where a bytes area begins, as layouts have it.
constexpr std::uint64_t kAreaAlignment = 64;

// The bytes area of an image stands directly behind its columns.
Columns columns_of(const ColumnLayout& layout, const std::byte* image) {
  Columns columns{};
  types::readable_columns(layout, image, columns.data());
  for (std::uint32_t column = 0; column < layout.column_count; ++column) {
    if (columns[column].ends == nullptr) continue;
    columns[column].bytes = reinterpret_cast<const unsigned char*>(image + layout.head_bytes);
  }
  return columns;
}

const unsigned char* status_of(std::span<const std::byte> image) {
  return reinterpret_cast<const unsigned char*>(image.data());
}

// At most, of rows [first, first + count), wherever they are copied to.
std::uint64_t area_bytes(const ColumnLayout& layout, const forkmap_column* columns,
                         const unsigned char* status, std::uint32_t first, std::uint32_t count) {
  std::uint64_t bytes = 0;
  for (std::uint32_t column = 0; column < layout.column_count; ++column) {
    if (!layout.types[column].is_variable()) continue;
    for (std::uint32_t row = first; row < first + count; ++row) {
      if (status[row] != FORKMAP_STATUS_VALUE) continue;
      bytes += columns[column].ends[row] - columns[column].starts[row] + kMostPaddingBytes;
    }
  }
  return bytes;
}

}  // namespace

std::vector<std::byte> image_of(const ResultBatch& batch, std::span<const types::Type> types,
                                std::uint32_t first, std::uint32_t count) {
  const ColumnLayout layout = types::layout_columns(Part::results, types, count);
  const auto is_value = [&](std::uint32_t row) {
    return batch.status[row] == FORKMAP_STATUS_VALUE;
  };
  std::uint64_t values = 0;
  for (std::uint32_t row = first; row < first + count; ++row) values += is_value(row) ? 1U : 0U;
  // A batch without a value may have columns without memory.
  const std::uint64_t most =
      values == 0 ? 0 : area_bytes(layout, batch.columns.data(), batch.status, first, count);
  std::vector<std::byte> image(layout.head_bytes + most);
  for (std::uint32_t row = 0; row < count; ++row) {
    image[row] = is_value(first + row) ? std::byte{1} : std::byte{0};
  }
  if (values == 0) return image;
  const auto fill = types::copy_rows({batch.columns.data(), batch.status, first, count}, layout,
                                     image.data(), image.data() + layout.head_bytes, most);
  FORKMAP_CHECK(fill.has_value());
  image.resize(layout.head_bytes + *fill);
  return image;
}

std::string fault_of_image(std::span<const std::byte> image, std::span<const types::Type> types,
                           std::uint32_t count) {
  const ColumnLayout layout = types::layout_columns(Part::results, types, count);
  if (image.size() < layout.head_bytes) return "columns that are too short";
  const std::uint64_t used = image.size() - layout.head_bytes;
  if (!layout.has_variable()) {
    return used == 0 ? std::string() : "more bytes than its columns have";
  }
  const Columns columns = columns_of(layout, image.data());
  const unsigned char* const status = status_of(image);
  const forkmap_column& last = columns[static_cast<std::size_t>(layout.last_variable)];
  if (*(last.ends - 1) != 0) return "results that begin where they cannot";
  std::uint64_t end = 0;
  for (std::uint32_t row = 0; row < count; ++row) {
    for (std::uint32_t column = 0; column < layout.column_count; ++column) {
      if (!layout.types[column].is_variable()) continue;
      const std::uint32_t element = types::element_bytes(layout.types[column]);
      const bool is_value = status[row] == FORKMAP_STATUS_VALUE;
      const std::uint64_t begin = is_value ? types::aligned_start(end, element) : end;
      end = columns[column].ends[row];
      if (end < begin || end > used) return "results that end where they cannot";
      if (!is_value && end != begin) return "a result of a row that has failed";
      if ((end - begin) % element != 0) return "an array that ends inside an element";
    }
  }
  return end == used ? std::string() : "more bytes than its columns have";
}

std::uint64_t column_bytes(const ImageRows& from, std::uint32_t rows) {
  const ColumnLayout layout = types::layout_columns(Part::results, from.types, rows);
  const ColumnLayout whole = types::layout_columns(Part::results, from.types, from.count);
  // No more than all rows have, and where others were before them an array may begin later.
  const std::uint64_t padding =
      layout.has_variable() ? kMostPaddingBytes * layout.column_count * rows : 0;
  return layout.head_bytes + kAreaAlignment + (from.image.size() - whole.head_bytes) + padding;
}

void put_columns(const ImageRows& from, std::uint32_t first, std::uint32_t rows, std::byte* memory,
                 ResultBatch& batch) {
  const ColumnLayout whole = types::layout_columns(Part::results, from.types, from.count);
  const ColumnLayout layout = types::layout_columns(Part::results, from.types, rows);
  const Columns columns = columns_of(whole, from.image.data());
  const std::uint64_t offset =
      (layout.head_bytes + kAreaAlignment - 1) / kAreaAlignment * kAreaAlignment;
  std::byte* const area = memory + offset;
  const auto fill = types::copy_rows({columns.data(), status_of(from.image), first, rows}, layout,
                                     memory, area, column_bytes(from, rows) - offset);
  FORKMAP_CHECK(fill.has_value());
  batch.columns.assign(layout.column_count, forkmap_column{});
  types::readable_columns(layout, memory, batch.columns.data());
  for (forkmap_column& column : batch.columns) {
    if (column.ends != nullptr) column.bytes = reinterpret_cast<const unsigned char*>(area);
  }
}

}  // namespace forkmap::node
