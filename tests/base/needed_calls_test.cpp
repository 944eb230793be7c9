// SPDX-License-Identifier: Apache-2.0
#include "core/base/needed_calls.hpp"

#include <filesystem>

#include "core/base/executable_path.hpp"
#include "tests/catch.hpp"

using namespace forkmap::base;

namespace {

std::size_t descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("K5: the calls that are needed are there, and trying them leaves nothing behind") {
  const std::size_t before = descriptors();
  for (int round = 0; round < 3; ++round) CHECK_NOTHROW(require_needed_calls());
  CHECK(descriptors() == before);
}

TEST_CASE("the path of the executable is that of this program") {
  CHECK(std::filesystem::equivalent(executable_path(), "/proc/self/exe"));
}
