// SPDX-License-Identifier: Apache-2.0
#include "core/base/write_all.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <forkmap/error.hpp>
#include <string>
#include <thread>

#include "core/base/failing_writes.hpp"
#include "core/base/unique_fd.hpp"
#include "tests/catch.hpp"
#include "tests/kit/forked.hpp"

using namespace forkmap::base;
using forkmap::tests::run_forked;

namespace {

// More than any pipe holds.
std::string long_text() {
  std::string text;
  while (text.size() < (std::size_t{3} << 20U)) text += std::to_string(text.size()) + " ";
  return text;
}

// All that comes until the end.
std::string read_to_end(int fd) {
  std::string text;
  std::string part(4096, '\0');
  for (;;) {
    const ssize_t got = ::read(fd, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(part, 0, static_cast<std::size_t>(got));
  }
}

UniqueFd unnamed_file() { return UniqueFd(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)); }

std::string content_of(const UniqueFd& file) {
  REQUIRE(::lseek(file.get(), 0, SEEK_SET) == 0);
  return read_to_end(file.get());
}

}  // namespace

TEST_CASE("all of a text arrives, however little is taken at once and whatever signals come") {
  // A handler without SA_RESTART: each of its signals may interrupt a write.
  CHECK(run_forked([] {
          struct sigaction action = {};
          action.sa_handler = [](int) {};
          ::sigaction(SIGUSR1, &action, nullptr);
          Pipe pipe = make_pipe();
          const std::string text = long_text();
          std::string received;
          const pthread_t writer = ::pthread_self();
          std::thread reader([&] {
            std::string part(1000, '\0');
            while (received.size() < text.size()) {
              ::pthread_kill(writer, SIGUSR1);
              const ssize_t got = ::read(pipe.read.get(), part.data(), part.size());
              if (got > 0) received.append(part, 0, static_cast<std::size_t>(got));
            }
          });
          const Written written = write_all(pipe.write.get(), text);
          reader.join();
          return written.is_all() && written.bytes == text.size() && received == text ? 0 : 1;
        }) == 0);
}

TEST_CASE("a full descriptor that does not block stops the write, or is waited for") {
  Pipe pipe = make_pipe();
  REQUIRE(::fcntl(pipe.write.get(), F_SETFL, O_NONBLOCK) == 0);
  const std::string text = long_text();
  const Written first = write_all(pipe.write.get(), text);
  CHECK(first.error == EAGAIN);
  CHECK(first.bytes > 0);
  CHECK(first.bytes < text.size());
  std::string received;
  std::thread reader([&] { received = read_to_end(pipe.read.get()); });
  const Written rest = write_all(pipe.write.get(), text.substr(first.bytes), WhenFull::wait);
  pipe.write.reset();
  reader.join();
  CHECK(rest.is_all());
  CHECK(received == text);
}

TEST_CASE("an error is told with what was written before it") {
  CHECK(run_forked([] {
          let_writes_fail(SIGXFSZ);
          const rlimit limit{4, 4};
          const UniqueFd file = unnamed_file();
          if (!file || ::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
          const Written written = write_all(file.get(), "123456");
          if (written.bytes != 4 || written.error != EFBIG) return 2;
          const Written at = write_all_at(file.get(), "abcdef", 2);
          return at.bytes == 2 && at.error == EFBIG ? 0 : 3;
        }) == 0);
}

TEST_CASE("nothing is written of no text, not even to a descriptor that is closed") {
  CHECK(write_all(-1, "").is_all());
  const Written written = write_all(-1, "x");
  CHECK(written.bytes == 0);
  CHECK(written.error == EBADF);
}

TEST_CASE("a write to a place of a file leaves the rest, and where the descriptor stands") {
  const UniqueFd file = unnamed_file();
  REQUIRE(file);
  REQUIRE(write_all(file.get(), "0123456789").is_all());
  REQUIRE(write_all_at(file.get(), "abc", 4).is_all());
  CHECK(::lseek(file.get(), 0, SEEK_CUR) == 10);
  CHECK(content_of(file) == "0123abc789");
}

TEST_CASE("a buffer that could not be written keeps what was not, and names the file") {
  CHECK(run_forked([] {
          let_writes_fail(SIGXFSZ);
          const rlimit limit{4, 4};
          const UniqueFd file = unnamed_file();
          if (!file || ::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
          std::string buffer = "123456";
          try {
            write_out(file.get(), buffer, "the list");
            return 2;
          } catch (const forkmap::SystemError& error) {
            if (std::string(error.what()).find("the list") == std::string::npos) return 3;
          }
          return buffer == "56" ? 0 : 4;
        }) == 0);
  const UniqueFd file = unnamed_file();
  REQUIRE(file);
  std::string buffer = "all";
  write_out(file.get(), buffer, "a file");
  CHECK(buffer.empty());
  CHECK(content_of(file) == "all");
}
