// SPDX-License-Identifier: Apache-2.0
// Programs that run beside this one, and their ends.

#include "host/nodes/started_program.hpp"

#include <poll.h>

#include <forkmap/error.hpp>
#include <string>

#include "core/base/pidfd.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;
using namespace std::chrono_literals;

namespace {

constexpr auto kEnded = StartedProgram::AfterUs::is_ended;

}  // namespace

TEST_CASE("a program has what it is given, and its words are kept") {
  StartedProgram program({"sh", "-c", "echo $MADE_UP; echo oops >&2; exit 3"}, {"MADE_UP=here"},
                         kEnded);
  pollfd ended{program.end_fd(), POLLIN, 0};
  REQUIRE(::poll(&ended, 1, 100'000) == 1);
  CHECK(program.has_ended());
  program.end(0ms);
  CHECK(program.how() == "ended with status 3");
  CHECK(program.log() == "here\noops\n");
  program.end(0ms);  // it is over
  CHECK(program.has_ended());
}

TEST_CASE("a program that does not end is asked to, and then killed") {
  StartedProgram heeds({"sleep", "1000"}, {}, kEnded);
  heeds.end(1ms);
  CHECK(heeds.how() == "was killed by SIGTERM");
  StartedProgram ignores({"sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"}, {},
                         kEnded);
  while (ignores.log() != "ready\n") ::poll(nullptr, 0, 1);
  ignores.end(1ms);
  CHECK(ignores.how() == "was killed by SIGKILL");
}

TEST_CASE("what a killed program has started in sessions of its own ends with it") {
  StartedProgram program({"sh", "-c", "setsid sh -c 'echo $$; exec sleep 1000' & wait"}, {},
                         kEnded);
  while (!program.log().ends_with('\n')) ::poll(nullptr, 0, 1);
  const forkmap::base::UniqueFd below = forkmap::base::open_pidfd(std::stoi(program.log()));
  REQUIRE(below);
  program.end(1ms);
  CHECK(forkmap::base::wait_for_end(below.get(), 100s));
}

TEST_CASE("of a long log the end is kept") {
  StartedProgram program({"sh", "-c", "seq 100000; echo last"}, {}, kEnded);
  program.end(100s);
  const std::string log = program.log();
  CHECK(log.size() == 65536);
  CHECK(log.ends_with("\nlast\n"));
}

TEST_CASE("a program that is not there is told") {
  CHECK_THROWS_AS(StartedProgram({"/nowhere/at/all"}, {}, kEnded), forkmap::SystemError);
}
