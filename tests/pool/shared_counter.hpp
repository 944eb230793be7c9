// SPDX-License-Identifier: Apache-2.0
//
// A number that a test and the workers of its pools see alike: made before the pool, inherited by
// the fork.
#pragma once

#include <sys/mman.h>

#include <atomic>
#include <new>
#include <stdexcept>

class SharedCounter {
 public:
  SharedCounter() {
    void* const memory = ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("no shared memory");
    value_ = new (memory) std::atomic<int>(0);
  }
  SharedCounter(const SharedCounter&) = delete;
  SharedCounter& operator=(const SharedCounter&) = delete;
  ~SharedCounter() { ::munmap(value_, sizeof(std::atomic<int>)); }

  [[nodiscard]] std::atomic<int>* operator->() const noexcept { return value_; }
  [[nodiscard]] std::atomic<int>& operator*() const noexcept { return *value_; }

 private:
  std::atomic<int>* value_;
};
