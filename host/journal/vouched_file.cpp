// SPDX-License-Identifier: Apache-2.0
#include "host/journal/vouched_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "core/base/system_error.hpp"

namespace forkmap::host {

namespace {

constexpr std::uint64_t kVouchedReadBytes = std::uint64_t{1} << 20U;

// Calls use(text) for all that the file has of [begin, end).
template <class Use>
void read_range(int fd, const std::string& path, std::uint64_t begin, std::uint64_t end,
                const Use& use) {
  std::vector<char> buffer(std::min(kVouchedReadBytes, end - begin));
  while (begin < end) {
    const std::uint64_t wanted = std::min<std::uint64_t>(buffer.size(), end - begin);
    const ssize_t got = ::pread(fd, buffer.data(), wanted, static_cast<::off_t>(begin));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) base::throw_system_error("read " + path, errno);
    if (got == 0) return;
    use(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
    begin += static_cast<std::uint64_t>(got);
  }
}

}  // namespace

std::string difference_of(int fd, const std::string& path, const VouchedBytes& then,
                          CheckProgress& progress) {
  struct stat status = {};
  if (fd < 0) {
    return then.bytes == 0
               ? ""
               : "is not there, and " + std::to_string(then.bytes) + " bytes were written";
  }
  if (::fstat(fd, &status) != 0) base::throw_system_error("look at " + path, errno);
  const auto now_bytes = static_cast<std::uint64_t>(status.st_size);
  if (now_bytes < then.bytes) {
    return "has " + std::to_string(now_bytes) + " bytes, and " + std::to_string(then.bytes) +
           " were written";
  }
  if (then.file && then.file == stamp_of(fd)) return {};
  if (hash_of_first(fd, path, then.bytes, progress).value() == then.hash) return {};
  return "has other bytes among its first " + std::to_string(then.bytes) + " than were written";
}

std::uint64_t bytes_behind(int fd, const std::string& path, std::uint64_t bytes) {
  struct stat status = {};
  if (fd < 0) return 0;
  if (::fstat(fd, &status) != 0) base::throw_system_error("look at " + path, errno);
  const auto now_bytes = static_cast<std::uint64_t>(status.st_size);
  return now_bytes > bytes ? now_bytes - bytes : 0;
}

StreamHash hash_behind(int fd, const std::string& path, const VouchedBytes& then) {
  std::string rest;
  read_range(fd, path, then.bytes - StreamHash::rest_bytes(then.bytes), then.bytes,
             [&rest](std::string_view part) { rest += part; });
  StreamHash hash;
  hash.go_on(then.hash, then.bytes, rest);
  return hash;
}

StreamHash hash_of_first(int fd, const std::string& path, std::uint64_t bytes,
                         CheckProgress& progress) {
  StreamHash hash;
  progress.begin(path, bytes);
  read_range(fd, path, 0, bytes, [&](std::string_view part) {
    hash.add(part);
    progress.add(part.size());
  });
  return hash;
}

}  // namespace forkmap::host
