// SPDX-License-Identifier: Apache-2.0
#include "core/base/original_process.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

namespace forkmap::base {

namespace {
// One byte is used; the kernel takes a whole page for it, whatever its size.
constexpr std::size_t kMarkBytes = 1;
}  // namespace

OriginalProcess::OriginalProcess() noexcept : pid_(::getpid()) {
  void* const page =
      ::mmap(nullptr, kMarkBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return;
  if (::madvise(page, kMarkBytes, MADV_WIPEONFORK) != 0) {
    ::munmap(page, kMarkBytes);
    return;
  }
  mark_ = static_cast<volatile unsigned char*>(page);
  *mark_ = 1;
}

OriginalProcess::~OriginalProcess() {
  if (mark_ != nullptr) ::munmap(const_cast<unsigned char*>(mark_), kMarkBytes);
}

bool OriginalProcess::is_here() const noexcept {
  return mark_ != nullptr ? *mark_ == 1 : ::getpid() == pid_;
}

}  // namespace forkmap::base
