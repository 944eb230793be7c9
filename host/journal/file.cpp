// SPDX-License-Identifier: Apache-2.0
#include "host/journal/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/base/system_error.hpp"
#include "core/base/write_all.hpp"
#include "host/cli/usage_error.hpp"
#include "host/io/disk_sync.hpp"
#include "host/io/written_file.hpp"

namespace forkmap::host {

namespace {

std::string text_of(int fd, const std::string& path) {
  std::string text;
  std::string part(std::size_t{1} << 16U, '\0');
  for (;;) {
    const ssize_t count = ::pread(fd, part.data(), part.size(), static_cast<::off_t>(text.size()));
    if (count == 0) return text;
    if (count > 0) {
      text.append(part, 0, static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      base::throw_system_error("read " + path, errno);
    }
  }
}

}  // namespace

JournalFile::JournalFile(const std::string& path) : path_(path) {
  WrittenFile file = open_for_writing(path, O_RDWR);
  if (!file.is_own) {
    throw UsageError("the journal " + path + " is not a regular file");
  }
  fd_ = std::move(file.fd);
  is_locked_ = file.is_locked;
}

JournalContent JournalFile::read() const { return read_journal(text_of(fd_.get(), path_)); }

JournalContent look_at_journal(const std::string& path) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd && errno == ENOENT) return {};
  if (!fd) base::throw_system_error("read " + path, errno);
  return read_journal(text_of(fd.get(), path));
}

void JournalFile::cut(std::uint64_t size_bytes) {
  if (::ftruncate(fd_.get(), static_cast<::off_t>(size_bytes)) != 0) {
    base::throw_system_error("cut " + path_, errno);
  }
  end_bytes_ = size_bytes;
}

void JournalFile::begin(const JournalHeader& header) {
  // Behind a line that was not written to its end, a header would be none.
  const std::string text = text_of(fd_.get(), path_);
  cut(text.rfind('\n') + 1);
  write_line(to_line(header));
  static_cast<void>(sync());
}

void JournalFile::begin_empty(const JournalHeader& header) {
  cut(0);
  write_line(to_line(header));
  static_cast<void>(sync());
}

// On the disk before the results are cut: they are never shorter than the journal says.
void JournalFile::go_on(const JournalContent::Kept& behind) {
  cut(behind.end_bytes);
  static_cast<void>(sync());
}

void JournalFile::append(const JournalRecord& record) {
  check_is_untouched(fd_.get(), path_, end_bytes_);
  write_line(to_line(record));
}

bool JournalFile::sync() { return sync_to_disk(fd_.get(), path_); }

void JournalFile::write_line(const std::string& line) {
  if (const auto written = base::write_all_at(fd_.get(), line, end_bytes_); !written.is_all()) {
    cut(end_bytes_);
    base::throw_system_error("write to " + path_, written.error);
  }
  end_bytes_ += line.size();
}

}  // namespace forkmap::host
