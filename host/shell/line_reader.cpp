// SPDX-License-Identifier: Apache-2.0
#include "host/shell/line_reader.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <utility>

#include "core/base/system_error.hpp"

namespace forkmap::host {

ShellLineReader::ShellLineReader(int fd) : fd_(fd), is_terminal_(::isatty(fd) == 1) {}

bool ShellLineReader::read_more(ShellPools& pools) {
  while (!pools.wait(std::chrono::hours(1), fd_)) {
  }
  std::array<char, 4096> piece;
  const ::ssize_t got = ::read(fd_, piece.data(), piece.size());
  if (got == -1 && (errno == EINTR || errno == EAGAIN)) return true;
  if (got == -1) base::throw_system_error("read statements", errno);
  text_.append(piece.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::optional<std::string> ShellLineReader::next(ShellPools& pools) {
  if (is_terminal_ && text_.empty() && !ended_) {
    std::fputs("forkmap> ", stdout);
    std::fflush(stdout);
  }
  std::size_t end = text_.find('\n');
  while (end == std::string::npos && !ended_) {
    ended_ = !read_more(pools);
    end = text_.find('\n');
  }
  if (end == std::string::npos) {
    if (is_terminal_) std::fputc('\n', stdout);
    if (text_.empty()) return std::nullopt;
    return std::exchange(text_, {});
  }
  std::string line = text_.substr(0, end);
  text_.erase(0, end + 1);
  return line;
}

}  // namespace forkmap::host
