// SPDX-License-Identifier: Apache-2.0
// Failures of a shard, and what cannot be one.

#include "host/merge/failure_lines.hpp"

#include "host/cli/usage_error.hpp"
#include "tests/catch.hpp"
#include "tests/host/merge/made_up_part.hpp"

using namespace forkmap::host;
using forkmap::tests::TemporaryFolder;

namespace {

// The items of a shard 2 of 3 that has 4 of them, the first of which has that number.
std::vector<std::uint64_t> failed_items(const std::string& text, std::uint64_t first_item = 1) {
  const TemporaryFolder folder;
  const Part part = made_up_part(folder, {2, 3}, 4, "", text);
  std::vector<std::uint64_t> items;
  for (FailureLines lines(part, first_item, 1); lines.item() != FailureLines::kNone;
       lines.advance()) {
    items.push_back(lines.item());
  }
  return items;
}

}  // namespace

TEST_CASE("failures are told by the items of the whole run, from 0") {
  CHECK(failed_items("").empty());
  CHECK(failed_items("{\"item\":2}\n{\"item\":11,\"text\":\"x\"}\n") ==
        std::vector<std::uint64_t>{1, 10});
  CHECK(failed_items("{\"item\":104}\n", 100) == std::vector<std::uint64_t>{4});
}

TEST_CASE("lines that cannot be failures of the shard are refused") {
  for (const char* text :
       {"{\"item\":3}\n", "{\"item\":14}\n", "{\"item\":0}\n", "{\"item\":\"2\"}\n", "\n",
        "{\"text\":\"2\"}\n", "{\"item\":5}\n{\"item\":2}\n", "{\"item\":5}\n{\"item\":5}\n"}) {
    INFO(text);
    CHECK_THROWS_AS(failed_items(text), UsageError);
  }
  CHECK_THROWS_AS(failed_items("{\"item\":2}\n", 3), UsageError);
}

TEST_CASE("another number of failures than the journal has is refused") {
  const TemporaryFolder folder;
  Part part = made_up_part(folder, {1, 1}, 4, "", "{\"item\":2}\n");
  part.last.failures = 2;
  FailureLines lines(part, 1, 64);
  CHECK(lines.item() == 1);
  CHECK_THROWS_AS(lines.advance(), UsageError);
}
