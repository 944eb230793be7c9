// SPDX-License-Identifier: Apache-2.0
#include "host/io/file_place.hpp"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <system_error>

namespace forkmap::host {

namespace fs = std::filesystem;

namespace {

constexpr int kMostLinks = 40;  // as the kernel's

// Where a name leads: to a descriptor of this process, or to a name in a folder, which is no link.
struct Followed {
  std::optional<int> descriptor = {};
  fs::path folder = {};  // canonical; empty: there is no such folder
  std::string name = {};
};

std::optional<int> number_in(const std::string& text) {
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

// Links in the folder are followed already: /dev/fd is /proc/PID/fd here, and so is /proc/self/fd.
bool is_own_descriptor_folder(const fs::path& folder) {
  const std::string own = "/proc/" + std::to_string(::getpid());
  if (folder == own + "/fd") return true;
  const std::string text = folder.string();
  return text.starts_with(own + "/task/") && folder.filename() == "fd";
}

Followed follow(fs::path path) {
  std::error_code error;
  for (int links = 0; links < kMostLinks; ++links) {
    Followed found;
    const fs::path parent = path.parent_path();
    found.folder = fs::canonical(parent.empty() ? fs::path(".") : parent, error);
    if (error) return {};
    found.name = path.filename().string();
    if (is_own_descriptor_folder(found.folder)) {
      found.descriptor = number_in(found.name);
      if (found.descriptor) return found;
    }
    const fs::path here = found.folder / found.name;
    const fs::path target = fs::read_symlink(here, error);
    if (error) return found;  // no link
    path = target.is_absolute() ? target : found.folder / target;
  }
  return {};
}

FilePlace place_in(const struct stat& status) {
  FilePlace place;
  place.device = status.st_dev;
  place.inode = status.st_ino;
  if (S_ISREG(status.st_mode)) {
    place.kind = FilePlace::Kind::content;
  } else if (S_ISBLK(status.st_mode)) {  // however many nodes lead to it
    place.kind = FilePlace::Kind::content;
    place.device = status.st_rdev;
    place.inode = 0;
  } else if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) {
    place.kind = FilePlace::Kind::stream;
  }
  return place;
}

}  // namespace

bool FilePlace::is_same_as(const FilePlace& other) const {
  return kind != Kind::incomparable && kind == other.kind && device == other.device &&
         inode == other.inode && name == other.name;
}

FilePlace place_of_descriptor(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return {};
  FilePlace place = place_in(status);
  place.descriptor = fd;
  return place;
}

FilePlace place_of(const std::string& path) {
  const Followed found = follow(path);
  if (found.descriptor) return place_of_descriptor(*found.descriptor);
  struct stat status = {};
  if (::stat(path.c_str(), &status) == 0) return place_in(status);
  if (found.folder.empty() || found.name.empty()) return {};
  if (::stat(found.folder.c_str(), &status) != 0) return {};
  FilePlace place;
  place.kind = FilePlace::Kind::missing;
  place.device = status.st_dev;
  place.inode = status.st_ino;
  place.name = found.name;
  return place;
}

std::optional<int> descriptor_named(const std::string& path) { return follow(path).descriptor; }

bool share_position(int left, int right) {
  if (left == right) return true;
  const int left_flags = ::fcntl(left, F_GETFL);
  const int right_flags = ::fcntl(right, F_GETFL);
  if ((left_flags & right_flags & O_APPEND) != 0) return true;
  const pid_t self = ::getpid();
  const long order = ::syscall(SYS_kcmp, self, self, KCMP_FILE, left, right);
  if (order >= 0) return order == 0;
  // Where the kernel may not be asked: one description has one position and one set of flags.
  return left_flags == right_flags && ::lseek(left, 0, SEEK_CUR) == ::lseek(right, 0, SEEK_CUR);
}

}  // namespace forkmap::host
