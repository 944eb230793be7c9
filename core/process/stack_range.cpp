// SPDX-License-Identifier: Apache-2.0
#include "core/process/stack_range.hpp"

#include <pthread.h>

#include <cstddef>

namespace forkmap::process {

namespace {

constexpr std::uintptr_t kNearBytes = 4096;
// A frame may be so large; its stack pointer is then as far below the end of the stack.
constexpr std::uintptr_t kLargestFrameBytes = std::uintptr_t{256} << 20U;

}  // namespace

StackRange stack_of_this_thread() noexcept {
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return {};
  void* low = nullptr;
  std::size_t size_bytes = 0;
  const int error = ::pthread_attr_getstack(&attributes, &low, &size_bytes);
  ::pthread_attr_destroy(&attributes);
  if (error != 0) return {};
  const auto begin = reinterpret_cast<std::uintptr_t>(low);
  return {begin, begin + size_bytes};
}

// What lies above the stack pointer has been made part of the stack by the function that runs. If
// it cannot be touched, then the stack could not grow so far.
bool is_stack_overflow(std::uintptr_t address, std::uintptr_t stack_pointer,
                       const StackRange& stack) noexcept {
  if (stack_pointer < kNearBytes || address < stack_pointer - kNearBytes) return false;
  const std::uintptr_t lowest = stack.low > kLargestFrameBytes ? stack.low - kLargestFrameBytes : 0;
  if (stack.high != 0 && stack_pointer >= lowest && stack_pointer < stack.high) {
    return address < stack.high;
  }
  return address - stack_pointer < kNearBytes || stack_pointer - address < kNearBytes;
}

}  // namespace forkmap::process
