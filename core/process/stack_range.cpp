// SPDX-License-Identifier: Apache-2.0
#include "core/process/stack_range.hpp"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace forkmap::process {

namespace {

constexpr std::uintptr_t kNearBytes = 4096;
// So far below the end of the stack a stack pointer belongs to no other stack, but to a frame that
// is larger than what is left.
constexpr std::uintptr_t kNoOtherStackBytes = std::uintptr_t{256} << 20U;
// Farther below it has been lost.
constexpr std::uintptr_t kLargestFrameBytes = std::uintptr_t{1} << 40U;

std::uintptr_t below(std::uintptr_t address, std::uintptr_t bytes) noexcept {
  return address > bytes ? address - bytes : 0;
}

// Async-signal-safe. What cannot be told counts as mapped.
bool is_mapped(std::uintptr_t address) noexcept {
  const auto page_bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  // The kernel gives registers as numbers. NOLINTNEXTLINE(performance-no-int-to-ptr)
  auto* const page = reinterpret_cast<void*>(address / page_bytes * page_bytes);
  unsigned char is_resident = 0;
  return ::mincore(page, page_bytes, &is_resident) == 0 || errno != ENOMEM;
}

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
  if (stack.high != 0 && stack_pointer < stack.high && address < stack.high) {
    if (stack_pointer >= below(stack.low, kNoOtherStackBytes)) return true;
    // Nothing at the stack pointer: then it belongs to no other stack either.
    if (stack_pointer >= below(stack.low, kLargestFrameBytes) && !is_mapped(stack_pointer)) {
      return true;
    }
  }
  return address - stack_pointer < kNearBytes || stack_pointer - address < kNearBytes;
}

}  // namespace forkmap::process
