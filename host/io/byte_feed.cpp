// SPDX-License-Identifier: Apache-2.0
#include "host/io/byte_feed.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/base/system_error.hpp"
#include "core/base/unique_fd.hpp"
#include "host/cli/usage_error.hpp"
#include "host/io/mapped_feed.hpp"
#include "host/io/stream_feed.hpp"

namespace forkmap::host {

namespace {

[[noreturn]] void refuse_input(const std::string& shown, int error_number) {
  throw UsageError("cannot read " + shown + ": " + base::error_text(error_number));
}

// Of a message that is longer than a read the system throws the rest away.
bool is_socket_of_messages(int fd) {
  int type = SOCK_STREAM;
  socklen_t size_bytes = sizeof type;
  return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size_bytes) == 0 && type != SOCK_STREAM;
}

}  // namespace

std::unique_ptr<ByteFeed> open_feed(const std::string& name) {
  const bool standard = name.empty() || name == "-";
  const std::string shown = standard ? "standard input" : name;
  constexpr int kMode = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  // Non-blocking: a FIFO without a writer is an input that has nothing yet.
  base::UniqueFd fd = standard ? base::UniqueFd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3))
                               : base::UniqueFd(::open(name.c_str(), kMode));
  if (!fd) refuse_input(shown, errno);
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) refuse_input(shown, errno);
  if (S_ISDIR(status.st_mode)) refuse_input(shown, EISDIR);
  if ((::fcntl(fd.get(), F_GETFL) & O_ACCMODE) == O_WRONLY) refuse_input(shown, EBADF);
  if (is_socket_of_messages(fd.get())) {
    throw UsageError("cannot read " + shown + ": it is a socket of messages, whose ends would be " +
                     "lost; give items through a pipe or a stream socket");
  }
  // Files of /proc and the like say that they are empty, and are not.
  if (S_ISREG(status.st_mode)) {
    if (auto mapped = map_file(fd)) return mapped;
  }
  return stream_from(std::move(fd), shown);
}

}  // namespace forkmap::host
