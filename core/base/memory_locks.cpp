// SPDX-License-Identifier: Apache-2.0
#include "core/base/memory_locks.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

namespace forkmap::base {

bool fills_new_memory() noexcept {
  // The system does not tell what mlockall() was asked for, but a page shows it.
  const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const page =
      ::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return false;
  unsigned char is_there = 0;
  const bool is_known = ::mincore(page, page_bytes, &is_there) == 0;
  ::munmap(page, page_bytes);
  return is_known && (is_there & 1U) != 0;
}

FillsNoMemory::FillsNoMemory() noexcept : filled_(fills_new_memory()) {
  // Where this is refused, the program has given up the right to lock since.
  if (filled_) (void)::mlockall(MCL_FUTURE | MCL_ONFAULT);
}

FillsNoMemory::~FillsNoMemory() {
  if (filled_) (void)::mlockall(MCL_FUTURE);
}

}  // namespace forkmap::base
