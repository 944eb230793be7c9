// SPDX-License-Identifier: Apache-2.0
//
// forkmap/value_codec.hpp: C++ values to argument columns, result columns to C++ values. The other
// direction of <forkmap/chunk_codec.hpp>: used by whoever sends items and reads results.
#pragma once

#include <forkmap/chunk_codec.hpp>
#include <forkmap/item_source.hpp>

#include <variant>

namespace forkmap {

// Bytes that one value takes of a block's bytes area at most; 0 where it is fixed.
template <Supported T>
[[nodiscard]] std::uint64_t argument_bytes(const T& value) noexcept {
  if constexpr (is_variable<T>) {
    constexpr std::uint64_t size = sizeof(typename TypeTraits<T>::Element);
    return value.size() * size + (size - 1);
  } else {
    return 0;
  }
}

// Bytes of a value without any padding, for messages.
template <Supported T>
[[nodiscard]] std::uint64_t payload_bytes(const T& value) noexcept {
  if constexpr (is_variable<T>) {
    return value.size() * sizeof(typename TypeTraits<T>::Element);
  } else {
    return sizeof(T);
  }
}

// Writes one value into row `block.count` of a column. Columns of a row in ascending order. False:
// the bytes area is full, and nothing was written.
template <Supported T>
[[nodiscard]] bool write_argument(InputBlock& block, std::uint32_t column,
                                  const T& value) noexcept {
  const forkmap_result_column& target = block.columns[column];
  if constexpr (is_variable<T>) {
    constexpr std::uint64_t size = sizeof(typename TypeTraits<T>::Element);
    const std::uint64_t begin = (block.bytes_used + size - 1) / size * size;
    const std::uint64_t bytes = value.size() * size;
    if (begin > block.bytes_capacity || bytes > block.bytes_capacity - begin) return false;
    if (bytes != 0) std::memcpy(block.bytes + begin, value.data(), bytes);
    block.bytes_used = begin + bytes;
    target.ends[block.count] = block.bytes_used;
  } else {
    static_cast<T*>(target.values)[block.count] = value;
  }
  return true;
}

// Appends a row: one value for each column, in order. False: no room, and no row was appended.
template <Supported... A>
[[nodiscard]] bool write_row(InputBlock& block, const A&... values) noexcept {
  if (block.count == block.capacity_items) return false;
  const std::uint64_t bytes_before = block.bytes_used;
  std::uint32_t column = 0;
  if (!(write_argument<A>(block, column++, values) && ...)) {
    block.bytes_used = bytes_before;
    return false;
  }
  block.count += 1;
  return true;
}

// The value of one item in a result column, as a T: an owning type or a view. The column's ends
// must be known to be in order and inside of its bytes.
template <Supported T>
[[nodiscard]] T read_value(const forkmap_column& column, std::uint64_t item) {
  return ArgumentReader<T>(column)[item];
}

// What a caller gets for a result type R in a place where void cannot stand.
template <SupportedResult R>
using ResultValue = std::conditional_t<std::is_void_v<R>, std::monostate, ResultOf<R>>;
template <SupportedResult R>
using ResultView = std::conditional_t<std::is_void_v<R>, std::monostate, ResultViewOf<R>>;

namespace detail {
// R as it is: of owning types, or of views.
template <class R>
struct ResultReader {
  static R read(std::span<const forkmap_column> columns, std::uint64_t item) {
    return read_value<R>(columns[0], item);
  }
};
template <>
struct ResultReader<void> {
  static std::monostate read(std::span<const forkmap_column>, std::uint64_t) noexcept { return {}; }
};
template <class... T>
struct ResultReader<std::tuple<T...>> {
  static std::tuple<T...> read(std::span<const forkmap_column> columns, std::uint64_t item) {
    return read(columns, item, std::index_sequence_for<T...>{});
  }
  template <std::size_t... I>
  static std::tuple<T...> read([[maybe_unused]] std::span<const forkmap_column> columns,
                               [[maybe_unused]] std::uint64_t item, std::index_sequence<I...>) {
    return {read_value<T>(columns[I], item)...};
  }
};
}  // namespace detail

// The results of one item: all columns of R.
template <SupportedResult R>
[[nodiscard]] ResultValue<R> read_result(std::span<const forkmap_column> columns,
                                         std::uint64_t item) {
  return detail::ResultReader<ResultOf<R>>::read(columns, item);
}
// Where they lie: as long as the columns and their bytes do.
template <SupportedResult R>
[[nodiscard]] ResultView<R> view_result(std::span<const forkmap_column> columns,
                                        std::uint64_t item) {
  return detail::ResultReader<ResultViewOf<R>>::read(columns, item);
}

}  // namespace forkmap
