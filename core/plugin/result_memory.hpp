// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace forkmap::plugin {

// Private memory for the results of serial calls: virtual, so that room for the largest result
// costs nothing until it is used. Small sizes come from the heap.
class ResultMemory {
 public:
  // `wanted_bytes`, or as much as there is, but at least `least_bytes`. Throws std::bad_alloc.
  ResultMemory(std::uint64_t wanted_bytes, std::uint64_t least_bytes);
  ~ResultMemory();
  ResultMemory(const ResultMemory&) = delete;
  ResultMemory& operator=(const ResultMemory&) = delete;

  [[nodiscard]] std::byte* base() const noexcept { return base_; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_bytes_; }

  // Makes it larger and keeps the first `used_bytes`; base() may change. False: no memory.
  [[nodiscard]] bool grow(std::uint64_t size_bytes, std::uint64_t used_bytes);

 private:
  std::unique_ptr<std::byte[]> heap_;
  std::byte* base_ = nullptr;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace forkmap::plugin
