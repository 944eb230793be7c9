// SPDX-License-Identifier: Apache-2.0
#include "core/shm/memfd.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "core/base/check.hpp"
#include "core/base/system_error.hpp"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

namespace forkmap::shm {

namespace {

base::UniqueFd open_memfd(const char* name) {
  const unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  base::UniqueFd fd(::memfd_create(name, flags | MFD_NOEXEC_SEAL));
  if (!fd && errno == EINVAL) fd = base::UniqueFd(::memfd_create(name, flags));  // before 6.3
  if (!fd) base::throw_system_error("create shared memory (memfd_create)", errno);
  return fd;
}

// Address space that one lane or arena may take: a fraction, since the host, its lanes and the
// arena share it.
constexpr std::uint64_t kAddressSpaceShare = 8;
constexpr std::uint64_t kUserAddressSpaceBytes = std::uint64_t{1} << 47U;  // x86-64, four levels

}  // namespace

base::UniqueFd create_memfd(const char* name, std::uint64_t size_bytes) {
  FORKMAP_CHECK(size_bytes <= static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()));
  base::UniqueFd fd = open_memfd(name);
  if (::ftruncate(fd.get(), static_cast<off_t>(size_bytes)) != 0) {
    base::throw_system_error("size shared memory (ftruncate)", errno);
  }
  if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    base::throw_system_error("seal shared memory (fcntl, F_ADD_SEALS)", errno);
  }
  return fd;
}

std::uint64_t size_limit_bytes() {
  std::uint64_t limit_bytes = kUserAddressSpaceBytes / kAddressSpaceShare;
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    limit_bytes = std::min<std::uint64_t>(limit_bytes, limit.rlim_cur);
  }
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    limit_bytes = std::min<std::uint64_t>(limit_bytes, limit.rlim_cur / kAddressSpaceShare);
  }
  return limit_bytes;
}

std::uint64_t page_bytes() {
  static const auto bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

std::uint64_t round_up_to_page(std::uint64_t bytes) {
  const std::uint64_t page = page_bytes();
  return (bytes + page - 1) / page * page;
}

}  // namespace forkmap::shm
