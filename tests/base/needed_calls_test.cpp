// SPDX-License-Identifier: Apache-2.0
#include "core/base/needed_calls.hpp"

#include <filesystem>

#include "core/base/executable_path.hpp"
#include "tests/catch.hpp"
#include "tests/kit/descriptors.hpp"

using namespace forkmap::base;
using forkmap::tests::open_descriptors;

TEST_CASE("K5: the calls that are needed are there, and trying them leaves nothing behind") {
  const std::size_t before = open_descriptors();
  for (int round = 0; round < 3; ++round) CHECK_NOTHROW(require_needed_calls());
  CHECK(open_descriptors() == before);
}

TEST_CASE("the path of the executable is that of this program") {
  CHECK(std::filesystem::equivalent(executable_path(), "/proc/self/exe"));
}
