// SPDX-License-Identifier: Apache-2.0
#include "host/whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "core/base/system_error.hpp"
#include "core/base/write_all.hpp"
#include "host/disk_sync.hpp"
#include "host/file_lock.hpp"
#include "host/file_place.hpp"
#include "host/usage_error.hpp"
#include "host/written_file.hpp"

namespace forkmap::host {

namespace {

std::string part_path(const std::string& place) {
  return place + "." + std::to_string(::getpid()) + ".part";
}

base::UniqueFd create(const std::string& path) {
  return base::UniqueFd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666));
}

}  // namespace

WholeFile::WholeFile(const std::string& path) : path_(path) {
  const auto refuse = [&](int why) {
    throw UsageError("cannot write " + path + ": " + base::error_text(why));
  };
  struct stat status = {};
  const bool is_there = ::stat(path.c_str(), &status) == 0;
  if (descriptor_named(path) || (is_there && !S_ISREG(status.st_mode))) {
    device_ = open_for_writing(path).fd;
    return;
  }
  // What another run writes as it goes on is not replaced under it.
  if (is_there) {
    const base::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (file) static_cast<void>(lock_file(file.get(), path));
  }
  std::error_code error;
  place_ = std::filesystem::weakly_canonical(path, error).string();
  if (error) refuse(error.value());
  const std::string part = part_path(place_);
  if (!create(part)) refuse(errno);
  ::unlink(part.c_str());
}

void WholeFile::write(std::string_view text) {
  std::string buffer(text);
  if (device_) return base::write_out(device_.get(), buffer, path_);
  const std::string part = part_path(place_);
  const base::UniqueFd fd = create(part);
  if (!fd) base::throw_system_error("write " + path_, errno);
  try {
    base::write_out(fd.get(), buffer, path_);
    // Before the rename, so that after a power failure there is no empty file either.
    // Where that cannot be, the rename alone must do.
    (void)sync_to_disk(fd.get(), path_);
    if (::rename(part.c_str(), place_.c_str()) != 0) {
      base::throw_system_error("rename " + part + " to " + path_, errno);
    }
  } catch (...) {
    ::unlink(part.c_str());
    throw;
  }
}

}  // namespace forkmap::host
