// SPDX-License-Identifier: Apache-2.0
#include "host/io/child_output.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"
#include "host/io/program_start.hpp"

namespace forkmap::host {

namespace {

std::string read_all(int fd) {
  std::string text;
  std::array<char, 65536> piece;
  for (;;) {
    const ::ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got > 0) {
      text.append(piece.data(), static_cast<std::size_t>(got));
    } else if (got == 0) {
      return text;
    } else if (errno != EINTR) {
      base::throw_system_error("read a program's output", errno);
    }
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) == -1) {
    if (errno != EINTR) base::throw_system_error("wait for a program", errno);
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

ChildOutput child_output(const std::vector<std::string>& command,
                         const std::vector<std::string>& environment, ChildErrors errors,
                         int input_fd) {
  base::Pipe pipe = base::make_pipe();
  ProgramStart start{.command = command,
                     .environment = environment,
                     .input_fd = input_fd,
                     .output_fd = pipe.write.get()};
  if (errors == ChildErrors::discard) start.errors_fd = kNullDescriptor;
  if (errors == ChildErrors::with_output) start.errors_fd = pipe.write.get();
  const pid_t child = start_program(start);
  pipe.write.reset();
  ChildOutput result;
  result.output = read_all(pipe.read.get());
  result.status = wait_for(child);
  return result;
}

}  // namespace forkmap::host
