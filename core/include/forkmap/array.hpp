// SPDX-License-Identifier: Apache-2.0
//
// forkmap/array.hpp: an array in memory that a pool shares with all its workers.
#pragma once

#include <cstddef>
#include <forkmap/types.hpp>
#include <memory>
#include <span>
#include <utility>

namespace forkmap {

// `size` values of a number type or bool, zero at first; made by Pool::array<T>(size).
// Pool::map_into() over such arrays copies nothing. A contiguous range that converts to
// std::span<T>; move-only; freed when it goes. Its values stay readable after the pool is gone. It
// belongs to the thread that uses the pool. The elements live in the arena from the start, since it
// holds nothing but such types.
template <class T>
class Array {
  static_assert(Fixed<T>,
                "forkmap: an array is made of bool, integers of 8 to 64 bits, float or double");

 public:
  using value_type = T;

  Array() = default;
  ~Array() = default;
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  Array(Array&& other) noexcept
      : memory_(std::move(other.memory_)), size_(std::exchange(other.size_, 0)) {}
  Array& operator=(Array&& other) noexcept {
    memory_ = std::move(other.memory_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] T* data() noexcept { return reinterpret_cast<T*>(memory_.get()); }
  [[nodiscard]] const T* data() const noexcept { return reinterpret_cast<const T*>(memory_.get()); }
  [[nodiscard]] T& operator[](std::size_t place) noexcept { return data()[place]; }
  [[nodiscard]] const T& operator[](std::size_t place) const noexcept { return data()[place]; }
  [[nodiscard]] T* begin() noexcept { return data(); }
  [[nodiscard]] T* end() noexcept { return data() + size_; }
  [[nodiscard]] const T* begin() const noexcept { return data(); }
  [[nodiscard]] const T* end() const noexcept { return data() + size_; }

 private:
  friend class Pool;
  Array(std::shared_ptr<std::byte> memory, std::size_t size) noexcept
      : memory_(std::move(memory)), size_(size) {}

  std::shared_ptr<std::byte> memory_;  // goes back to the arena
  std::size_t size_ = 0;
};

}  // namespace forkmap
