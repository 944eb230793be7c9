// SPDX-License-Identifier: Apache-2.0
// Results of parts that were made by hand.

#include "host/merge/merging.hpp"

#include <csignal>

#include "host/cli/usage_error.hpp"
#include "tests/catch.hpp"
#include "tests/host/merge/made_up_part.hpp"

using namespace forkmap::host;
using forkmap::tests::TemporaryFolder;

namespace {

constexpr std::uint64_t kItems = 5;

// Two shards of five items with these results.
ShardedRun two_shards(const TemporaryFolder& folder, std::string_view first,
                      std::string_view second) {
  ShardedRun run;
  run.items = kItems;
  run.form.nul = true;
  run.parts.push_back(made_up_part(folder, {1, 2}, 3, first));
  run.parts.push_back(made_up_part(folder, {2, 2}, 2, second));
  return run;
}

std::string merged(const TemporaryFolder& folder, const ShardedRun& run) {
  SignalWatch signals;
  MergedFile out(folder.file("out"));
  out.begin();
  merge_results(run, out, signals);
  static_cast<void>(out.end());
  out.publish();
  return folder.read("out");
}

std::string refusal(std::string_view first, std::string_view second) {
  const TemporaryFolder folder;
  try {
    return merged(folder, two_shards(folder, first, second));
  } catch (const UsageError& error) {
    CHECK(folder.read("out").empty());
    return error.what();
  }
}

}  // namespace

TEST_CASE("results take turns by shards") {
  const TemporaryFolder folder;
  CHECK(merged(folder, two_shards(folder, std::string_view("1\0003\0005\0", 6),
                                  std::string_view("2\0004\0", 4))) ==
        std::string("1\0002\0003\0004\0005\0", 10));
}

TEST_CASE("a part with more or fewer results than items is refused") {
  const std::string more =
      refusal(std::string_view("1\0003\0x\0005\0", 8), std::string_view("2\0004\0", 4));
  CHECK(more.find("part.1 has more results than") != std::string::npos);
  CHECK(more.find("with -0, a NUL in a result is an end, too") != std::string::npos);
  const std::string fewer =
      refusal(std::string_view("1\0003\0005\0", 6), std::string_view("2\0", 2));
  CHECK(fewer.find("part.2 has fewer results than") != std::string::npos);
}

TEST_CASE("a signal ends a merge at its next write, which then leaves no file") {
  const TemporaryFolder folder;
  std::string lines;
  for (int i = 0; i < 3; ++i) lines += std::string(1U << 20U, 'x') + '\0';
  const ShardedRun run = two_shards(folder, lines, std::string_view("2\0004\0", 4));
  {
    SignalWatch signals;
    MergedFile out(folder.file("out"));
    out.begin();
    ::raise(SIGTERM);
    CHECK_THROWS_AS(merge_results(run, out, signals), Interrupted);
  }
  CHECK(folder.read("out").empty());
}
