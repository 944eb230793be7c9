// SPDX-License-Identifier: Apache-2.0
#include "host/io/file_stamp.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <sstream>

namespace forkmap::host {

namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;
constexpr std::int64_t kCoarsest_ns = 2 * kSecond_ns;  // FAT counts in two seconds

std::int64_t ns_of(const timespec& time) noexcept {
  return std::int64_t{time.tv_sec} * kSecond_ns + time.tv_nsec;
}

std::int64_t now_ns() noexcept {
  timespec now = {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return ns_of(now);
}

}  // namespace

std::optional<FileStamp> stamp_of(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return FileStamp{.device = status.st_dev,
                   .inode = status.st_ino,
                   .size_bytes = static_cast<std::uint64_t>(status.st_size),
                   .modified_ns = ns_of(status.st_mtim),
                   .changed_ns = ns_of(status.st_ctim)};
}

std::optional<FileStamp> settled_stamp_of(int fd) {
  const auto stamp = stamp_of(fd);
  if (!stamp || std::max(stamp->modified_ns, stamp->changed_ns) + kCoarsest_ns > now_ns()) {
    return std::nullopt;
  }
  return stamp;
}

std::optional<FileStamp> stamp_now(int fd) {
  timespec now = {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::array<timespec, 2> times = {timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, now};
  if (::futimens(fd, times.data()) != 0) return std::nullopt;
  const auto stamp = stamp_of(fd);
  // A file system that keeps whole ticks only cannot tell a later change from ours.
  if (!stamp || stamp->modified_ns != ns_of(now)) return std::nullopt;
  return stamp;
}

std::string to_text(const FileStamp& stamp) {
  std::ostringstream text;
  text << stamp.device << ' ' << stamp.inode << ' ' << stamp.size_bytes << ' ' << stamp.modified_ns
       << ' ' << stamp.changed_ns;
  return text.str();
}

std::optional<FileStamp> stamp_from_text(std::string_view text) {
  std::istringstream fields{std::string(text)};
  FileStamp stamp;
  fields >> stamp.device >> stamp.inode >> stamp.size_bytes >> stamp.modified_ns >>
      stamp.changed_ns;
  if (!fields || fields.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return stamp;
}

}  // namespace forkmap::host
