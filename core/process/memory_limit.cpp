// SPDX-License-Identifier: Apache-2.0
#include "core/process/memory_limit.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <system_error>

#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"

namespace forkmap::process {

namespace {

// A line of /proc/PID/status, such as "VmData:\t    1234 kB".
std::optional<std::uint64_t> status_bytes(const char* path, std::string_view name) noexcept {
  const base::UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::array<char, 4096> buffer;
  const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
  if (size <= 0) return std::nullopt;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  std::size_t at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  at = text.find_first_of("0123456789", at + name.size());
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t kibibytes = 0;
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data() + at, end, kibibytes).ec != std::errc{}) return std::nullopt;
  return kibibytes * 1024;
}

}  // namespace

void limit_private_growth(std::uint64_t bytes) {
  const auto present = status_bytes("/proc/self/status", "\nVmData:");
  if (!present) base::throw_system_error("read VmData of /proc/self/status", errno);
  rlimit limit{};
  if (::getrlimit(RLIMIT_DATA, &limit) != 0) base::throw_system_error("getrlimit", errno);
  if (bytes > RLIM_INFINITY - *present) return;  // more than there can be
  const rlim_t wanted = *present + bytes;
  limit.rlim_cur = std::min({limit.rlim_cur, limit.rlim_max, wanted});
  if (::setrlimit(RLIMIT_DATA, &limit) != 0) {
    base::throw_system_error("limit the memory of a worker", errno);
  }
}

std::optional<std::uint64_t> private_resident_bytes(pid_t pid) noexcept {
  std::array<char, 48> path;
  std::snprintf(path.data(), path.size(), "/proc/%d/status", static_cast<int>(pid));
  return status_bytes(path.data(), "\nRssAnon:");
}

}  // namespace forkmap::process
