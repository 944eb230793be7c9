// SPDX-License-Identifier: Apache-2.0
#include "core/process/alternate_stack.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "core/base/system_error.hpp"

namespace forkmap::process {

namespace {

// Room for an unwinder, on top of what the kernel stores of the registers.
constexpr std::size_t kRoomBytes = std::size_t{128} << 10;

std::size_t register_bytes() noexcept {
#ifdef _SC_MINSIGSTKSZ
  return static_cast<std::size_t>(std::max(::sysconf(_SC_MINSIGSTKSZ), 0L));
#else
  return 0;
#endif
}

}  // namespace

AlternateStack::AlternateStack() {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t stack_bytes = (kRoomBytes + register_bytes() + page - 1) / page * page;
  size_bytes_ = page + stack_bytes;
  void* const mapping = ::mmap(nullptr, size_bytes_, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (mapping == MAP_FAILED)
    base::throw_system_error("map a stack for signal handlers (mmap)", errno);
  stack_t stack{};
  stack.ss_sp = static_cast<std::byte*>(mapping) + page;
  stack.ss_size = stack_bytes;
  // Both only help, where a stack has no more room: handlers run on that stack otherwise.
  (void)::mprotect(mapping, page, PROT_NONE);
  (void)::sigaltstack(&stack, nullptr);
  mapping_ = mapping;
}

AlternateStack::~AlternateStack() {
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
  ::munmap(mapping_, size_bytes_);
}

}  // namespace forkmap::process
