// SPDX-License-Identifier: Apache-2.0
#include "host/io/written_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <forkmap/error.hpp>

#include "core/base/system_error.hpp"
#include "host/cli/usage_error.hpp"
#include "host/io/file_lock.hpp"
#include "host/io/file_place.hpp"

namespace forkmap::host {

namespace {

[[noreturn]] void refuse(const std::string& path, int error_number) {
  throw UsageError("cannot write " + path + ": " + base::error_text(error_number));
}

}  // namespace

WrittenFile open_for_writing(const std::string& path, int access) {
  WrittenFile file;
  if (const auto descriptor = descriptor_named(path)) {
    file.fd = base::UniqueFd(::fcntl(*descriptor, F_DUPFD_CLOEXEC, 3));
    if (!file.fd) refuse(path, errno);
    if ((::fcntl(file.fd.get(), F_GETFL) & O_ACCMODE) == O_RDONLY) refuse(path, EBADF);
    return file;
  }
  file.fd = base::UniqueFd(::open(path.c_str(), access | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666));
  struct stat status = {};
  if (!file.fd || ::fstat(file.fd.get(), &status) != 0) refuse(path, errno);
  if (!S_ISREG(status.st_mode)) return file;
  // Closing the first number would give the lock back, so the move comes before it.
  file.fd = base::moved_high(std::move(file.fd));
  file.is_locked = lock_file(file.fd.get(), path) == Lock::held;
  file.is_own = true;
  file.size_bytes = static_cast<std::uint64_t>(status.st_size);
  return file;
}

void keep_first_bytes(const WrittenFile& file, const std::string& path, std::uint64_t kept_bytes) {
  if (::ftruncate(file.fd.get(), static_cast<::off_t>(kept_bytes)) != 0 ||
      ::lseek(file.fd.get(), static_cast<::off_t>(kept_bytes), SEEK_SET) < 0) {
    throw UsageError("cannot cut " + path + ": " + base::error_text(errno));
  }
}

std::string change_by_others(int fd, const std::string& path, std::uint64_t size_bytes) {
  struct stat open_one = {};
  struct stat named = {};
  if (::fstat(fd, &open_one) != 0) base::throw_system_error("look at " + path, errno);
  if (::stat(path.c_str(), &named) != 0) return "was removed or renamed";
  if (named.st_dev != open_one.st_dev || named.st_ino != open_one.st_ino) {
    return "was replaced by another file";
  }
  const auto now_bytes = static_cast<std::uint64_t>(open_one.st_size);
  if (now_bytes == size_bytes) return {};
  return "was changed by somebody else (it has " + std::to_string(now_bytes) + " bytes, not " +
         std::to_string(size_bytes) + ")";
}

void check_is_untouched(int fd, const std::string& path, std::uint64_t size_bytes) {
  const std::string change = change_by_others(fd, path, size_bytes);
  if (change.empty()) return;
  throw SystemError(path + " " + change +
                        " while the run wrote it, so its results are not all there; the journal "
                        "does not go on",
                    ESTALE);
}

}  // namespace forkmap::host
