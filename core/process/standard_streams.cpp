// SPDX-License-Identifier: Apache-2.0
#include "core/process/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <iostream>
#if defined(__GLIBCXX__)
#include <ext/stdio_filebuf.h>
#endif

#include "core/base/stdio_streams.hpp"
#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"

namespace forkmap::process {

namespace {

base::UniqueFd open_null() {
  base::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) base::throw_system_error("open /dev/null", errno);
  return null;
}

// Input that has ended, and takes no output.
base::UniqueFd open_nothing() {
  base::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (null) return null;
  return base::make_pipe().read;
}

void duplicate(int from, int to) {
  if (::dup2(from, to) < 0) base::throw_system_error("redirect a standard stream (dup2)", errno);
}

#if defined(__GLIBCXX__)
// After sync_with_stdio(false) a C++ stream has a buffer of its own, which can be emptied only by
// writing it: to nowhere.
void discard_buffer(std::ostream& stream, int fd) {
  auto* buffer = dynamic_cast<__gnu_cxx::stdio_filebuf<char>*>(stream.rdbuf());
  if (buffer == nullptr || buffer->fd() != fd) return;
  const base::UniqueFd real(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!real) return;  // the descriptor is closed, so nothing can be printed twice either
  duplicate(open_null().get(), fd);
  stream.flush();
  duplicate(real.get(), fd);
}
#endif

}  // namespace

void discard_inherited_buffers() noexcept {
  base::discard_unwritten();
#if defined(__GLIBCXX__)
  try {
    discard_buffer(std::cout, STDOUT_FILENO);
    discard_buffer(std::clog, STDERR_FILENO);
    discard_buffer(std::cerr, STDERR_FILENO);
  } catch (...) {
    std::fputs("forkmap: cannot discard output that the host has not flushed yet\n", stderr);
  }
#endif
}

void set_up_zygote_streams() {
  const base::UniqueFd null = open_nothing();
  duplicate(null.get(), STDIN_FILENO);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0) duplicate(null.get(), fd);
  }
}

void set_up_worker_streams(WorkerStdout where, int output_fd) {
  if (output_fd >= 0) {
    duplicate(output_fd, STDOUT_FILENO);
    duplicate(output_fd, STDERR_FILENO);
  } else if (where == WorkerStdout::to_stderr) {
    duplicate(STDERR_FILENO, STDOUT_FILENO);
  } else if (where == WorkerStdout::discard) {
    const base::UniqueFd null = open_null();
    duplicate(null.get(), STDOUT_FILENO);
    duplicate(null.get(), STDERR_FILENO);
  }
  // Buffers of our own, since only with a new one the C library forgets how full the old one was
  // going to be; without that a stream that the host had used stays fully buffered.
  static std::array<char, BUFSIZ> output_buffer;
  static std::array<char, BUFSIZ> error_buffer;
  std::setvbuf(stdout, output_buffer.data(), _IOLBF, output_buffer.size());
  std::setvbuf(stderr, error_buffer.data(), _IOLBF, error_buffer.size());
}

void flush_and_exit(int status) noexcept {
  std::fflush(stdout);
  std::fflush(stderr);
  ::_exit(status);
}

}  // namespace forkmap::process
