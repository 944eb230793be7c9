// SPDX-License-Identifier: Apache-2.0
#include "host/input/check_progress.hpp"

#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "core/base/unique_fd.hpp"
#include "tests/catch.hpp"

using namespace forkmap;
using namespace forkmap::host;

namespace {

constexpr int kTooSlow = 3;

// What is drawn on a terminal while a check goes on for longer than a moment; nothing where its
// beginning has taken longer than that, too.
std::optional<std::string> try_drawn(Progress wanted) {
  int master = -1;
  int terminal = -1;
  REQUIRE(::openpty(&master, &terminal, nullptr, nullptr, nullptr) == 0);
  const base::UniqueFd reader(master);
  const pid_t child = ::fork();
  if (child == 0) {
    // As a shell's job in the foreground.
    ::setsid();
    ::ioctl(terminal, TIOCSCTTY, 0);
    ::dup2(terminal, STDERR_FILENO);
    {
      const auto begin = std::chrono::steady_clock::now();
      Diagnostics diagnostics;
      CheckProgress progress(wanted, diagnostics);
      progress.begin("the input", 200);
      progress.add(10);
      if (std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(400)) {
        ::_exit(kTooSlow);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(700));
      progress.add(40);
    }
    ::_exit(0);
  }
  ::close(terminal);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kTooSlow) return std::nullopt;
  REQUIRE(status == 0);
  std::string text;  // the terminal may hand it over in pieces
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t count = ::read(reader.get(), piece.data(), piece.size());
    if (count <= 0) break;  // EIO: the other end is closed
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  return text;
}

std::string drawn(Progress wanted) {
  for (;;) {
    if (auto text = try_drawn(wanted)) return *text;
  }
}

}  // namespace

TEST_CASE("the check of a large file shows how far it is, and leaves nothing behind") {
  const std::string text = drawn(Progress::automatic);
  CHECK(text.find("checking the input: 25 %") != std::string::npos);
  CHECK(text.find("checking the input: 5 %") == std::string::npos);
  CHECK(text.rfind("\033[K") > text.find("25 %"));
  CHECK(drawn(Progress::never).empty());
}
