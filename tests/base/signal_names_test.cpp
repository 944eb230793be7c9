// SPDX-License-Identifier: Apache-2.0
#include "core/base/signal_names.hpp"

#include <csignal>

#include "tests/catch.hpp"

using namespace forkmap::base;

TEST_CASE("a signal has one name, a real-time signal by its distance from the first") {
  CHECK(signal_name(SIGSEGV) == "SIGSEGV");
  CHECK(signal_name(SIGRTMIN) == "SIGRTMIN");
  CHECK(signal_name(SIGRTMIN + 1) == "SIGRTMIN+1");
  CHECK(signal_name(SIGRTMAX) == "SIGRTMIN+" + std::to_string(SIGRTMAX - SIGRTMIN));
}

TEST_CASE("a number that is no signal of a program's is told as it is") {
  CHECK(signal_name(0) == "signal 0");
  CHECK(signal_name(-1) == "signal -1");
  CHECK(signal_name(SIGRTMIN - 1) == "signal " + std::to_string(SIGRTMIN - 1));
  CHECK(signal_name(SIGRTMAX + 1) == "signal " + std::to_string(SIGRTMAX + 1));
}

TEST_CASE("every name of a signal leads back to it") {
  for (int number = 1; number <= SIGRTMAX; ++number) {
    INFO(number);
    CHECK(signal_named(std::to_string(number)) == number);
    const std::string name = signal_name(number);
    if (!name.starts_with("SIG")) continue;
    CHECK(signal_named(name) == number);
    CHECK(signal_named(name.substr(3)) == number);
  }
}

TEST_CASE("what names no signal is nothing") {
  for (const char* const name :
       {"", "0", "-9", "9x", "99999999999", "SIG", "NOPE", "kill", "SIGRTMIN+", "SIGRTMIN-1",
        "SIGRTMIN+-1", "SIGRTMIN+99", "SIGRTMIN+2147483647", "SIGRTMINX", "SIGSIGKILL"}) {
    INFO(name);
    CHECK_FALSE(signal_named(name));
  }
  CHECK_FALSE(signal_named(std::to_string(SIGRTMAX + 1)));
}

TEST_CASE("signals that stop or are ignored by default are not deadly") {
  CHECK(is_deadly(SIGTERM));
  CHECK(is_deadly(SIGRTMIN + 1));
  CHECK_FALSE(is_deadly(SIGSTOP));
  CHECK_FALSE(is_deadly(SIGCHLD));
}
