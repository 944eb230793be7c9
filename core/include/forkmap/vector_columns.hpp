// SPDX-License-Identifier: Apache-2.0
//
// forkmap/vector_columns.hpp: the columns of a vectorized function, as its parameters.
//
//   std::span<const A>   argument of a number type or bool        std::span<R>      such a result
//   ColumnView<A>        argument of str, bytes or an array type  ColumnWriter<R>   such a result
//
// They are memory of the chunk itself: nothing is copied. All have one element an item.
#pragma once

#include <forkmap/chunk_codec.hpp>

namespace forkmap {

// The values of a variable argument column. A view of a value is valid while the call runs.
template <Supported T>
  requires is_variable<T>
class ColumnView {
 public:
  ColumnView(const forkmap_column& column, std::uint64_t first, std::uint64_t count) noexcept
      : reader_(column), first_(first), count_(count) {}

  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] View<T> operator[](std::size_t place) const { return reader_[first_ + place]; }

 private:
  ArgumentReader<View<T>> reader_;
  std::uint64_t first_;
  std::uint64_t count_;
};

namespace detail {
// Ends a call whose results do not fit into the window. Not to be caught by the function.
struct WindowIsFull {};
}  // namespace detail

// Takes the values of a variable result column, one for each item, in order. With several such
// columns each item gets the values of all, in the order of the columns, before the next item.
template <Supported T>
  requires is_variable<T>
class ColumnWriter {
 public:
  ColumnWriter(forkmap_chunk* chunk, std::uint32_t column) noexcept
      : writer_(chunk, column, chunk->results[column]), next_(chunk->first) {}

  // Copies it. Where the window is full this throws, and forkmap calls the function again for fewer
  // items.
  void append(const View<T>& value) {
    if (!writer_.put(next_, value)) throw detail::WindowIsFull{};
    ++next_;
  }

 private:
  ResultWriter<View<T>> writer_;
  std::uint64_t next_;
};

// What a parameter of a vectorized function stands for, and how it is made from a chunk.
template <class P>
struct VectorParameter;
template <Fixed T>
struct VectorParameter<std::span<const T>> {
  using Column = T;
  static constexpr bool is_result = false;
  static std::span<const T> make(forkmap_chunk* chunk, std::uint32_t column) noexcept {
    return {static_cast<const T*>(chunk->arguments[column].values) + chunk->first,
            chunk->count - chunk->first};
  }
};
template <Fixed T>
struct VectorParameter<std::span<T>> {
  using Column = T;
  static constexpr bool is_result = true;
  static std::span<T> make(forkmap_chunk* chunk, std::uint32_t column) noexcept {
    return {static_cast<T*>(chunk->results[column].values) + chunk->first,
            chunk->count - chunk->first};
  }
};
template <Supported T>
struct VectorParameter<ColumnView<T>> {
  using Column = T;
  static constexpr bool is_result = false;
  static ColumnView<T> make(forkmap_chunk* chunk, std::uint32_t column) noexcept {
    return {chunk->arguments[column], chunk->first, chunk->count - chunk->first};
  }
};
template <Supported T>
struct VectorParameter<ColumnWriter<T>> {
  using Column = T;
  static constexpr bool is_result = true;
  static ColumnWriter<T> make(forkmap_chunk* chunk, std::uint32_t column) noexcept {
    return {chunk, column};
  }
};

// A parameter as declared; a reference to something that it may change is none.
template <class P>
concept SupportedVectorParameter = requires {
  VectorParameter<std::remove_cvref_t<P>>::is_result;
} && !(std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>);

}  // namespace forkmap
