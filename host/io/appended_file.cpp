// SPDX-License-Identifier: Apache-2.0
#include "host/io/appended_file.hpp"

#include <fcntl.h>

#include <utility>

#include "core/base/write_all.hpp"
#include "host/cli/usage_error.hpp"

namespace forkmap::host {

AppendedFile::AppendedFile(const std::string& path, std::uint64_t kept_bytes)
    : AppendedFile(open_for_writing(path, O_WRONLY | O_APPEND), path, kept_bytes) {}

AppendedFile::AppendedFile(WrittenFile&& file, const std::string& path, std::uint64_t kept_bytes)
    : file_(std::move(file)), path_(path), bytes_(kept_bytes) {
  // Of a device or a pipe there is nothing to keep.
  if (!file_.is_own) return;
  if (file_.size_bytes < kept_bytes) {
    throw UsageError(path + " has " + std::to_string(file_.size_bytes) + " bytes, and " +
                     std::to_string(kept_bytes) + " were written; begin anew with --overwrite");
  }
  keep_first_bytes(file_, path, kept_bytes);
}

void AppendedFile::write(std::string& buffer) {
  const std::size_t given_bytes = buffer.size();
  try {
    base::write_out(file_.fd.get(), buffer, path_);
  } catch (...) {
    bytes_ += given_bytes - buffer.size();
    throw;
  }
  bytes_ += given_bytes;
}

std::string AppendedFile::change_by_others() const {
  if (!file_.is_own) return {};
  const std::string change = host::change_by_others(file_.fd.get(), path_, bytes_);
  return change.empty() ? change : path_ + " " + change + " while the run wrote it";
}

}  // namespace forkmap::host
