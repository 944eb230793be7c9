// SPDX-License-Identifier: Apache-2.0
//
// K12: plugins, and surroundings, that need the program to be started in a certain way: the message
// says how, and that is what works.
#include <unistd.h>

#include <string>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

#ifndef FORKMAP_SANITIZED  // there everything is sanitized, and valgrind runs nothing of it

TEST_CASE("K12: a plugin of the address sanitizer is refused with what must be preloaded") {
  const std::string function = test_plugin("sanitized") + ":third";
  std::string library;
  for (const char* how : {"-j2", "--serial"}) {
    const Ended refused = run_forkmap({"run", how, function, "2"});
    INFO(refused.errors);
    CHECK(refused.status == 2);
    CHECK(refused.output == "");
    CHECK(contains(refused.errors, "cannot load plugin " + test_plugin("sanitized") +
                                       ": open: it was built with -fsanitize=address, and "));
    constexpr std::string_view kVariable = "LD_PRELOAD=";
    const std::size_t begin = refused.errors.find(kVariable);
    REQUIRE(begin != std::string::npos);
    library = refused.errors.substr(begin + kVariable.size());
    library.resize(library.find(" in its environment"));
  }
  const Ended inspected = run_forkmap({"inspect", test_plugin("sanitized")});
  CHECK(contains(inspected.output, "-fsanitize=address"));
  CHECK(inspected.status == 2);
  if (library.starts_with('$')) return;  // a shell's, of a compiler that need not be there
  for (const char* how : {"-j2", "--serial"}) {
    Launch launch;
    launch.environment = {{"LD_PRELOAD", library}, {"ASAN_OPTIONS", "detect_leaks=0"}};
    const Ended ended = run_forkmap({"run", how, function, "2", "3"}, "", launch);
    INFO(ended.errors);
    CHECK(ended.output == "6\n9\n");
    CHECK(ended.status == 0);
  }
}

TEST_CASE("K12: under valgrind a run without a pool works, and one with a pool says so") {
  const std::string valgrind = "/usr/bin/valgrind";
  REQUIRE(::access(valgrind.c_str(), X_OK) == 0);  // ./dev installs it
  const auto run = [&](const char* how) {
    Launch launch = launch_of({"run", how, "arith:square", "3"});
    launch.command.insert(launch.command.begin(), {valgrind, "-q"});
    return ChildProcess(launch).finish();
  };
  const Ended pool = run("-j1");
  INFO(pool.errors);
  CHECK(pool.status != 0);
  CHECK(pool.output == "");
  CHECK(contains(pool.errors, "valgrind"));
  CHECK(contains(pool.errors, "--serial"));
  const Ended serial = run("--serial");
  INFO(serial.errors);
  CHECK(serial.output == "9\n");
  CHECK(serial.status == 0);
}

#endif
