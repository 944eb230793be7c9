// SPDX-License-Identifier: Apache-2.0
#include "host/io/replaced_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "core/base/system_error.hpp"
#include "core/base/write_all.hpp"
#include "host/cli/usage_error.hpp"
#include "host/io/disk_sync.hpp"
#include "host/io/file_lock.hpp"
#include "host/io/file_place.hpp"
#include "host/io/written_file.hpp"

namespace forkmap::host {

namespace {

std::string part_path(const std::string& place) {
  return place + "." + std::to_string(::getpid()) + ".part";
}

// Where to rename to. Who asks for no more links than there are needs no readlink(), which a filter
// of system calls may refuse: those of folders are followed by the system.
std::string place_behind_links(const std::string& path, std::error_code& error) {
  struct stat status = {};
  const bool is_link = ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
  if (is_link) return std::filesystem::weakly_canonical(path, error).string();
  return std::filesystem::absolute(path, error).string();
}

base::UniqueFd create(const std::string& path) {
  return base::UniqueFd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666));
}

}  // namespace

ReplacedFile::ReplacedFile(const std::string& path) : path_(path) {
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
  place_ = place_behind_links(path, error);
  if (error) {
    throw UsageError("cannot write " + path +
                     ": its symbolic link cannot be followed: " + base::error_text(error.value()));
  }
  const std::string part = part_path(place_);
  if (!create(part)) refuse(errno);
  ::unlink(part.c_str());
}

ReplacedFile::~ReplacedFile() {
  if (part_) ::unlink(part_path(place_).c_str());
}

void ReplacedFile::write(std::string_view text) {
  std::string buffer(text);
  begin();
  try {
    append(buffer);
    finish();
  } catch (...) {
    if (part_) ::unlink(part_path(place_).c_str());
    part_.reset();
    throw;
  }
}

void ReplacedFile::begin() {
  if (device_) return;
  part_ = create(part_path(place_));
  if (!part_) base::throw_system_error("write " + path_, errno);
}

void ReplacedFile::append(std::string& buffer) {
  base::write_out(device_ ? device_.get() : part_.get(), buffer, path_);
}

// Before the rename, so that after a power failure there is no empty file either.
// Where that cannot be, the rename alone must do.
void ReplacedFile::sync() {
  if (!device_) (void)sync_to_disk(part_.get(), path_);
}

void ReplacedFile::finish() {
  if (device_) return;
  sync();
  const std::string part = part_path(place_);
  if (::rename(part.c_str(), place_.c_str()) != 0) {
    base::throw_system_error("rename " + part + " to " + path_, errno);
  }
  part_.reset();
}

}  // namespace forkmap::host
