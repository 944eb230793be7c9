// SPDX-License-Identifier: Apache-2.0
#include "host/journal_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/system_error.hpp"
#include "host/usage_error.hpp"

namespace forkmap::host {

namespace {

// A lock of the process. One of the open file would be held by the workers, too, which outlive a
// killed host by a moment.
void lock(int fd, const std::string& path) {
  struct flock wanted = {};
  wanted.l_type = F_WRLCK;
  wanted.l_whence = SEEK_SET;
  while (::fcntl(fd, F_SETLK, &wanted) != 0) {
    if (errno == EINTR) continue;
    if (errno != EACCES && errno != EAGAIN) {
      throw UsageError("cannot lock " + path + ": " + base::error_text(errno));
    }
    struct flock holder = wanted;
    const bool known = ::fcntl(fd, F_GETLK, &holder) == 0 && holder.l_type != F_UNLCK;
    throw UsageError("another run" +
                     (known ? " (process " + std::to_string(holder.l_pid) + ")" : std::string()) +
                     " is writing this output: it holds the lock on " + path +
                     "; wait for its end, or choose another --output");
  }
}

}  // namespace

JournalFile::JournalFile(const std::string& path)
    : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666)) {
  if (!fd_) throw UsageError("cannot write " + path + ": " + base::error_text(errno));
  struct stat status = {};
  if (::fstat(fd_.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw UsageError(path + " is to be the journal of this run, and is no regular file");
  }
  fd_ = base::moved_high(std::move(fd_));  // closes the first number, so it comes before the lock
  lock(fd_.get(), path);
}

JournalContent JournalFile::read() const {
  std::string text;
  std::string part(std::size_t{1} << 16U, '\0');
  for (;;) {
    const ssize_t count =
        ::pread(fd_.get(), part.data(), part.size(), static_cast<::off_t>(text.size()));
    if (count == 0) return read_journal(text);
    if (count > 0) {
      text.append(part, 0, static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      base::throw_system_error("read " + path_, errno);
    }
  }
}

void JournalFile::cut(std::uint64_t size_bytes) {
  if (::ftruncate(fd_.get(), static_cast<::off_t>(size_bytes)) != 0) {
    base::throw_system_error("cut " + path_, errno);
  }
  end_bytes_ = size_bytes;
}

void JournalFile::begin(const JournalContent& content, const JournalHeader& header) {
  cut(content.end_bytes);
  write_line(to_line(header));
  sync();
}

void JournalFile::begin_empty(const JournalHeader& header) {
  cut(0);
  write_line(to_line(header));
  sync();
}

void JournalFile::go_on(const JournalContent& content) { cut(content.end_bytes); }

void JournalFile::append(const JournalRecord& record) { write_line(to_line(record)); }

void JournalFile::sync() {
  if (::fdatasync(fd_.get()) != 0) base::throw_system_error("write " + path_ + " to disk", errno);
}

void JournalFile::write_line(const std::string& line) {
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t count = ::pwrite(fd_.get(), line.data() + done, line.size() - done,
                                   static_cast<::off_t>(end_bytes_ + done));
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (count == 0 || errno != EINTR) {
      const int why = count == 0 ? ENOSPC : errno;
      cut(end_bytes_);
      base::throw_system_error("write to " + path_, why);
    }
  }
  end_bytes_ += line.size();
}

}  // namespace forkmap::host
