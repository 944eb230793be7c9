// SPDX-License-Identifier: Apache-2.0

// The one main function of all test executables. Catch2 takes no signal for itself: a child that a
// test forks must die of its signal, silently, and a test that crashes is reported by CTest all the
// same.
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#define CATCH_CONFIG_NO_POSIX_SIGNALS
#include <catch2/catch.hpp>
#endif

int main(int count, char* arguments[]) {
  // A test is a process group of its own: a kill(0, SIGSTOP) by mistake stops it and what it began,
  // and CTest's time limit ends it. In CTest's group it would stop CTest, too, for good.
  if (::getpgrp() != ::getpid() && ::setpgid(0, 0) == 0) {
    // The Ctrl-C that ends CTest reaches CTest alone now.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  }
  return Catch::Session().run(count, arguments);
}
