// SPDX-License-Identifier: Apache-2.0
#include "host/result_writer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/base/system_error.hpp"
#include "core/base/write_all.hpp"

namespace forkmap::host {

namespace {

base::UniqueFd open_again(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return {};
  const bool can_block = S_ISFIFO(status.st_mode) || ::isatty(fd) == 1;
  if (!can_block) return {};
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  return base::UniqueFd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
}

// " (FILE)" if the descriptor leads to a file with a name.
std::string file_behind(int fd) {
  std::error_code unknown;
  const auto file =
      std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), unknown).string();
  return file.starts_with('/') ? " (" + file + ")" : std::string();
}

}  // namespace

ResultWriter::ResultWriter(int fd, std::string name)
    : fd_(fd), name_(std::move(name)), own_(open_again(fd)) {
  if (own_) fd_ = own_.get();
}

void ResultWriter::write(std::string_view text) {
  if (text.size() < kDirectBytes) {
    buffer_ += text;
    return written();
  }
  flush();
  if (left() == 0) text.remove_prefix(write_some(text));
  buffer_ += text;
}

void ResultWriter::written() {
  if (left() >= kLargeBytes) flush();
}

void ResultWriter::flush() {
  begin_ += write_some(std::string_view(buffer_).substr(begin_));
  if (left() == 0) {
    buffer_.clear();
    begin_ = 0;
    if (buffer_.capacity() > kKeptBytes) std::string().swap(buffer_);  // one result was large
  } else if (begin_ >= kLargeBytes && begin_ >= left()) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
}

void ResultWriter::flush_all() {
  for (flush(); left() > 0; flush()) {
    pollfd wanted = {.fd = fd_, .events = POLLOUT, .revents = 0};
    ::poll(&wanted, 1, -1);
  }
}

std::size_t ResultWriter::write_some(std::string_view text) {
  const auto [done, error] = base::write_all(fd_, text);
  is_blocked_ = error == EAGAIN;
  if (error == EPIPE) throw ClosedPipe{};
  // What was written is written; the next attempt meets the error again.
  if (error != 0 && !is_blocked_ && done == 0) {
    const std::string file = name_ == kStandardOutput ? file_behind(fd_) : std::string();
    base::throw_system_error("write results to " + name_ + file, error);
  }
  bytes_written_ += done;
  if (hash_) hash_->add(text.substr(0, done));
  return done;
}

}  // namespace forkmap::host
