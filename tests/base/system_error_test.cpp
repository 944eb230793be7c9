// SPDX-License-Identifier: Apache-2.0
#include "core/base/system_error.hpp"

#include <cerrno>
#include <forkmap/error.hpp>

#include "tests/catch.hpp"

using forkmap::base::error_text;
using forkmap::base::throw_system_error;

TEST_CASE("a system error says what was asked and what came back, and keeps the number") {
  try {
    throw_system_error("open /nowhere", ENOENT);
  } catch (const forkmap::SystemError& error) {
    CHECK(std::string(error.what()) == "cannot open /nowhere: No such file or directory");
    CHECK(error.number() == ENOENT);
    return;
  }
  FAIL("nothing of the right type was thrown");
}

TEST_CASE("a system error can be caught as the library's base exception") {
  CHECK_THROWS_AS(throw_system_error("fork", EAGAIN), forkmap::Error);
}

TEST_CASE("an error that comes from a limit names the limit") {
  CHECK_THROWS_WITH(throw_system_error("fork the zygote", EAGAIN),
                    Catch::Contains("Resource temporarily unavailable; processes are limited"));
  CHECK_THROWS_WITH(throw_system_error("lock a file", EAGAIN),
                    Catch::EndsWith("Resource temporarily unavailable"));
  CHECK_THROWS_WITH(throw_system_error("make a pipe", EMFILE), Catch::Contains("ulimit -n is "));
  CHECK_THROWS_WITH(throw_system_error("map a file", ENOMEM), Catch::Contains("addresses"));
}

TEST_CASE("the text of an error number is the system's") {
  CHECK(error_text(EACCES) == "Permission denied");
  CHECK(error_text(0) == "Success");
}
