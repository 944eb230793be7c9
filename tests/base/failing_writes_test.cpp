// SPDX-License-Identifier: Apache-2.0
#include "core/base/failing_writes.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

#include "core/base/unique_fd.hpp"
#include "tests/catch.hpp"
#include "tests/kit/forked.hpp"

using namespace forkmap::base;
using forkmap::tests::run_forked;

TEST_CASE("a write that nobody reads fails with EPIPE") {
  CHECK(run_forked([] {
          ::signal(SIGPIPE, SIG_DFL);
          let_writes_fail(SIGPIPE);
          Pipe pipe = make_pipe();
          pipe.read.reset();
          return ::write(pipe.write.get(), "x", 1) == -1 && errno == EPIPE ? 0 : 1;
        }) == 0);
}

TEST_CASE("a file that reaches the limit of sizes fails with EFBIG, behind what fits") {
  CHECK(run_forked([] {
          ::signal(SIGXFSZ, SIG_DFL);
          let_writes_fail(SIGXFSZ);
          const rlimit limit{4, 4};
          if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
          const UniqueFd file(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
          if (!file || ::write(file.get(), "123456", 6) != 4) return 2;
          return ::write(file.get(), "56", 2) == -1 && errno == EFBIG ? 0 : 3;
        }) == 0);
}

TEST_CASE("programs that are started find the default") {
  const int status = run_forked([] {
    ::signal(SIGPIPE, SIG_DFL);
    let_writes_fail(SIGPIPE);
    ::execl("/bin/sh", "sh", "-c", "kill -PIPE $$", static_cast<char*>(nullptr));
    return 127;
  });
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGPIPE);
}

TEST_CASE("a signal that is ignored stays ignored, here and in programs that are started") {
  CHECK(run_forked([] {
          ::signal(SIGPIPE, SIG_IGN);
          let_writes_fail(SIGPIPE);
          if (!is_ignored(SIGPIPE)) return 1;
          ::execl("/bin/sh", "sh", "-c", "kill -PIPE $$", static_cast<char*>(nullptr));
          return 127;
        }) == 0);
}
