// SPDX-License-Identifier: Apache-2.0
//
// far_end COURIER: the host at the far end of a stream, as a rank of mpirun's. It starts its
// courier, says "PID PID-OF-COURIER\n", and does what the first line of its stream says:
//
//   echo          sends back what comes, until that ends
//   give N SEED   sends N bytes, ends its direction, and takes what comes
//   take SEED     takes what comes
//   deaf SEED     does so when SIGUSR1 has come, and reads nothing before
//
// What has come is answered at its end, if its own direction is still open, and printed.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "tests/courier/abstract_socket.hpp"
#include "tests/courier/stream_bytes.hpp"

namespace {

using namespace forkmap;
using namespace forkmap::courier;

[[nodiscard]] pid_t start_courier(const char* program, const std::string& name) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::execl(program, program, "--connect", name.c_str(), static_cast<char*>(nullptr));
  ::_exit(127);
}

void send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (count < 0) throw std::runtime_error("the courier takes nothing any more");
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// Empty at the end of the stream.
[[nodiscard]] std::string_view receive(int socket, std::vector<char>& buffer) {
  const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), 0);
  return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

[[nodiscard]] std::string line_from(int socket) {
  std::string line;
  std::vector<char> one(1);
  while (!line.ends_with('\n')) {
    const std::string_view next = receive(socket, one);
    if (next.empty()) break;
    line += next;
  }
  return line;
}

[[nodiscard]] std::string take(int socket, std::uint64_t seed) {
  const StreamBytes bytes(seed);
  std::vector<char> buffer(1U << 20U);
  std::uint64_t taken = 0;
  bool right = true;
  for (;;) {
    const std::string_view next = receive(socket, buffer);
    if (next.empty()) break;
    right = right && bytes.are(taken, next);
    taken += next.size();
  }
  return std::to_string(taken) + (right ? " right" : " wrong");
}

[[nodiscard]] std::string obey(int socket, const std::string& line) {
  std::istringstream words(line);
  std::string command;
  std::uint64_t size = 0;
  std::uint64_t seed = 0;
  words >> command;
  if (command == "echo") {
    std::vector<char> buffer(1U << 20U);
    for (;;) {
      const std::string_view next = receive(socket, buffer);
      if (next.empty()) return "echoed";
      send_all(socket, next);
    }
  }
  if (command == "give") {
    words >> size >> seed;
    const StreamBytes bytes(seed);
    for (std::uint64_t sent = 0; sent < size;) {
      const std::string_view piece = bytes.from(sent, size - sent);
      send_all(socket, piece);
      sent += piece.size();
    }
    ::shutdown(socket, SHUT_WR);
    return take(socket, seed);
  }
  words >> seed;
  if (command == "deaf") {
    sigset_t wake;
    ::sigemptyset(&wake);
    ::sigaddset(&wake, SIGUSR1);
    int number = 0;
    ::sigwait(&wake, &number);
  }
  std::string taken = take(socket, seed);
  send_all(socket, taken);
  return taken;
}

}  // namespace

int main(int, char** arguments) {
  // When its mpirun is killed, nothing is left of it, and its courier ends with its socket.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t wake;
  ::sigemptyset(&wake);
  ::sigaddset(&wake, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &wake, nullptr);

  const std::string name = "@forkmap/test-far-" + std::to_string(::getpid());
  const base::UniqueFd listener = listen_at(name, 1);
  const pid_t courier = start_courier(arguments[1], name);
  Preamble preamble;
  base::UniqueFd socket = accept_courier(listener.get(), preamble);
  if (preamble.peer != 0) throw std::runtime_error("the peer of this rank is rank 0");
  send_all(socket.get(), std::to_string(::getpid()) + " " + std::to_string(courier) + "\n");
  std::string what;
  try {
    what = obey(socket.get(), line_from(socket.get()));
  } catch (const std::runtime_error& error) {
    what = error.what();
  }
  socket.reset();
  int status = 0;
  ::waitpid(courier, &status, 0);
  const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  std::printf("far end: %s, courier: %d\n", what.c_str(), code);
  return 0;
}
