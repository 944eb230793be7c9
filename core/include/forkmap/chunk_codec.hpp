// SPDX-License-Identifier: Apache-2.0
//
// forkmap/chunk_codec.hpp: reads the arguments of an item from a chunk's columns, writes its
// results. Each reader and writer holds pointers of its own, so that a loop over a chunk of fixed
// columns keeps them in registers and calls nothing of the host.
#pragma once

#include <forkmap/types.hpp>

#include <cstring>

namespace forkmap {

// Argument column of type T: reader[item] is the value, a view where the type is variable. A view
// is valid while the item runs.
template <Supported T>
class ArgumentReader {
 public:
  explicit ArgumentReader(const forkmap_column& column) noexcept
      : values_(static_cast<const Stored*>(column.values)) {}

  [[nodiscard]] T operator[](std::uint64_t item) const noexcept {
    if constexpr (std::same_as<T, bool>) {
      return values_[item] != 0;
    } else {
      return values_[item];
    }
  }

 private:
  // A byte other than 0 and 1 must not be read as a bool.
  using Stored = std::conditional_t<std::same_as<T, bool>, unsigned char, T>;
  const Stored* values_;
};

template <Supported T>
  requires is_variable<T>
class ArgumentReader<T> {
 public:
  explicit ArgumentReader(const forkmap_column& column) noexcept
      : starts_(column.starts), ends_(column.ends), bytes_(column.bytes) {}

  [[nodiscard]] T operator[](std::uint64_t item) const {
    constexpr std::uint64_t size = sizeof(Element);
    const std::uint64_t begin = (starts_[item] + size - 1) / size * size;
    const auto* first = reinterpret_cast<const Element*>(bytes_ + begin);
    const std::uint64_t end = ends_[item];  // an empty array may end before its rounded begin
    const std::uint64_t count = end > begin ? (end - begin) / size : 0;
    if constexpr (std::constructible_from<T, const Element*, std::uint64_t>) {
      return T(first, count);
    } else {
      return T(first, first + count);
    }
  }

 private:
  using Element = typename TypeTraits<T>::Element;
  const std::uint64_t* starts_;
  const std::uint64_t* ends_;
  const unsigned char* bytes_;
};

// Result column of type T. put() is false if the window is full; it never is for a fixed type.
template <Supported T>
class ResultWriter {
 public:
  ResultWriter(forkmap_chunk*, std::uint32_t, const forkmap_result_column& column) noexcept
      : values_(static_cast<T*>(column.values)) {}

  bool put(std::uint64_t item, T value) const noexcept {
    values_[item] = value;
    return true;
  }

 private:
  T* values_;
};

template <Supported T>
  requires is_variable<T>
class ResultWriter<T> {
 public:
  ResultWriter(forkmap_chunk* chunk, std::uint32_t column, const forkmap_result_column&) noexcept
      : chunk_(chunk), column_(column) {}

  bool put(std::uint64_t item, const T& value) const {
    const std::uint64_t size_bytes = value.size() * sizeof(typename TypeTraits<T>::Element);
    void* const place = forkmap_reserve(chunk_, item, column_, size_bytes);
    if (place == nullptr) return false;
    if (size_bytes != 0) std::memcpy(place, value.data(), size_bytes);
    return true;
  }

 private:
  forkmap_chunk* chunk_;
  std::uint32_t column_;
};

}  // namespace forkmap
