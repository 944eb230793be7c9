// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/private_copy.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "core/base/system_error.hpp"
#include "core/base/write_all.hpp"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

namespace forkmap::plugin {

namespace {

constexpr std::size_t kMaxMemfdName = 200;  // bytes; the kernel takes 249
constexpr std::uint64_t kBufferBytes = 1U << 18;

base::UniqueFd make_memfd(const std::string& name) {
  constexpr unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const std::string short_name = name.substr(0, kMaxMemfdName);
  base::UniqueFd fd(::memfd_create(short_name.c_str(), flags | MFD_EXEC));
  // Kernels before 6.3 do not know MFD_EXEC; theirs are always executable.
  if (!fd && errno == EINVAL) fd = base::UniqueFd(::memfd_create(short_name.c_str(), flags));
  return fd;
}

// Nothing, or why the copy failed for a reason that lies in the memfd and not in the file.
std::string copy_bytes(int file, int memfd, std::uint64_t size_bytes) {
  std::vector<char> buffer(std::min(size_bytes, kBufferBytes));
  std::uint64_t at = 0;
  while (at < size_bytes) {
    const std::uint64_t wanted = std::min<std::uint64_t>(buffer.size(), size_bytes - at);
    const ssize_t got = ::pread(file, buffer.data(), wanted, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) base::throw_system_error("read the plugin's file", errno);
    if (got == 0) break;  // it has become shorter; whoever asked looks at its identity again
    const auto put = base::write_all_at(memfd, {buffer.data(), static_cast<std::size_t>(got)}, at);
    if (!put.is_all()) return "a private copy cannot be written: " + base::error_text(put.error);
    at += static_cast<std::uint64_t>(got);
  }
  return {};
}

// Whether code in the memfd may be mapped for execution, and dlopen can name it.
std::string execution_fault(int memfd) {
  const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const page = ::mmap(nullptr, page_bytes, PROT_READ | PROT_EXEC, MAP_PRIVATE, memfd, 0);
  if (page == MAP_FAILED) return "a memfd cannot be executed here: " + base::error_text(errno);
  ::munmap(page, page_bytes);
  const std::string path = "/proc/self/fd/" + std::to_string(memfd);
  if (::access(path.c_str(), R_OK) != 0)
    return path + " cannot be used: " + base::error_text(errno);
  return {};
}

}  // namespace

std::variant<base::UniqueFd, std::string> make_private_copy(int file, std::uint64_t size_bytes,
                                                            const std::string& name) {
  // Writing past RLIMIT_FSIZE is not an error but a signal that ends the process.
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      size_bytes > limit.rlim_cur) {
    return "the file size limit (RLIMIT_FSIZE, " + std::to_string(limit.rlim_cur) +
           " bytes) leaves no room for a private copy";
  }
  base::UniqueFd memfd = make_memfd(name);
  if (!memfd) return "no memfd can be made here: " + base::error_text(errno);
  if (std::string fault = copy_bytes(file, memfd.get(), size_bytes); !fault.empty()) return fault;
  memfd = base::moved_high(std::move(memfd));
  if (std::string fault = execution_fault(memfd.get()); !fault.empty()) return fault;
  constexpr int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
  if (::fcntl(memfd.get(), F_ADD_SEALS, seals) != 0) {
    return "a private copy cannot be sealed: " + base::error_text(errno);
  }
  return memfd;
}

}  // namespace forkmap::plugin
