// SPDX-License-Identifier: Apache-2.0

// The one main function of all test executables. Catch2 takes no signal for itself: a child that a
// test forks must die of its signal, silently, and a test that crashes is reported by CTest all the
// same.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>

int main(int count, char* arguments[]) { return Catch::Session().run(count, arguments); }
#else
#define CATCH_CONFIG_MAIN
#define CATCH_CONFIG_NO_POSIX_SIGNALS
#include <catch2/catch.hpp>
#endif
