// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include "host/watch/progress.hpp"
#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::host;
using forkmap::cli::contains;
using namespace std::chrono_literals;

TEST_CASE("the bar shows what is known") {
  const std::string full =
      progress_line({.done = 50, .failed = 2, .total = 200, .elapsed = 10s}, 100);
  CHECK(full == "[######..................] 25 %, 50 of 200 done, 2 failed, 5/s, 30 s left");
  CHECK(progress_line({.done = 7, .elapsed = 1s}, 100) == "7 done, 0 failed, 7/s");
}

TEST_CASE("a bar that does not fit loses whole words, and is nothing in the end") {
  const ProgressFacts facts{.done = 50, .failed = 2, .total = 200, .elapsed = 10s};
  CHECK(progress_line(facts, 73) == progress_line(facts, 1000));
  CHECK(progress_line(facts, 72) == "25 %, 50 of 200 done, 2 failed, 5/s, 30 s left");
  CHECK(progress_line(facts, 45) == "25 %, 50 of 200 done, 2 failed, 30 s left");
  CHECK(progress_line(facts, 30) == "25 %, 50 of 200 done, 2 failed");
  CHECK(progress_line(facts, 29) == "25 %, 50 of 200 done");
  CHECK(progress_line(facts, 9) == "25 %");
  CHECK(progress_line(facts, 4) == "25 %");
  CHECK(progress_line(facts, 3) == "");
  CHECK(progress_line(facts, 0) == "");
  CHECK(progress_line({.done = 1234, .elapsed = 1s}, 9) == "1234 done");
  CHECK(progress_line({.done = 1234, .elapsed = 1s}, 8) == "");
}

TEST_CASE("the time that is left follows from what this run has done") {
  // All of the input was read, and nothing is done yet.
  CHECK(progress_line({.fraction = 1.0, .done_fraction = 0.0, .elapsed = 60s}, 100) ==
        "[........................] 0 %, 0 done, 0 failed, 0/s");
  CHECK(progress_line({.total = 10, .elapsed = 60s}, 100) ==
        "[........................] 0 %, 0 of 10 done, 0 failed, 0/s");
  CHECK(contains(
      progress_line({.done = 5, .fraction = 1.0, .done_fraction = 0.25, .elapsed = 10s}, 100),
      "] 25 %, 5 done, 0 failed, 0/s, 30 s left"));
  // Half was done before this run, which has done a quarter in 10 s.
  CHECK(contains(
      progress_line({.done = 5, .done_fraction = 0.75, .begun_fraction = 0.5, .elapsed = 10s}, 100),
      "] 75 %, 5 done, 0 failed, 0/s, 10 s left"));
  // Less than a second is one.
  CHECK(contains(progress_line({.done = 99, .total = 100, .elapsed = 10s}, 100), ", 1 s left"));
}

TEST_CASE("with --progress always there is a line a minute where standard error is no terminal") {
  const int terminal = ::dup(STDERR_FILENO);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  REQUIRE(terminal >= 0);
  REQUIRE(::dup2(nowhere, STDERR_FILENO) == STDERR_FILENO);
  Diagnostics diagnostics;
  ProgressReport always(Progress::always, false, diagnostics);
  const ProgressReport automatic(Progress::automatic, false, diagnostics);
  always.update({.done = 1});
  const auto due = always.next_in();
  const bool is_due = always.is_due();
  ::dup2(terminal, STDERR_FILENO);
  ::close(terminal);
  ::close(nowhere);
  REQUIRE(due);
  CHECK(*due <= 60s);
  CHECK(*due > 30s);
  CHECK_FALSE(is_due);
  CHECK_FALSE(automatic.next_in());
}
