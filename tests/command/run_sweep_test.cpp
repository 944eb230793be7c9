// SPDX-License-Identifier: Apache-2.0
// Items that are made from lists and ranges.

#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

using SweepWords = std::vector<std::string>;

Ended swept(SweepWords words) {
  words.insert(words.begin(), "run");
  return run_forkmap(std::move(words));
}

}  // namespace

TEST_CASE("a sweep runs a function for every value with every other") {
  CHECK(swept({"arith:square", ":::", "1..5"}).output == "1\n4\n9\n16\n25\n");
  CHECK(swept({"arith:hypot", ":::", "3", "6", ":::", "4", "8"}).output ==
        swept({"arith:hypot", "3", "4", "3", "8", "6", "4", "6", "8"}).output);
  CHECK(swept({"arith:hypot", ":::", "3", "5", ":::+", "4", "12"}).output == "5\n13\n");
  CHECK(swept({"--tag", "arith:square", ":::", "-2..2..2"}).output == "-2\t4\n0\t0\n2\t4\n");
  CHECK(swept({"--serial", "arith:square", ":::", "1..3"}).output == "1\n4\n9\n");
  CHECK(swept({"--reduce", "sum", "arith:square", ":::", "1..100000"}).output ==
        "333338333350000\n");
}

TEST_CASE("a sweep with another number of lists than the function has arguments is refused") {
  const Ended ended = swept({"arith:square", ":::", "1", "2", ":::", "3"});
  CHECK(ended.status == 2);
  CHECK(contains(ended.errors, "arith:square takes 1 argument an item"));
  CHECK(contains(ended.errors, "the sweep has 2 lists (:::), one for each"));
  CHECK(contains(swept({"arith:square", ":::"}).errors, "list 1 of the sweep (:::) has no values"));
}

TEST_CASE("behind -- three colons are an item, and so they are where they are not the first") {
  CHECK(swept({faulty() + ":echo", "--", ":::", "a"}).output == ":::\na\n");
  CHECK(swept({faulty() + ":echo", "a", ":::", "b"}).output == "a\n:::\nb\n");
}

TEST_CASE("a sweep is resumed, sharded and merged as other items are") {
  const TestFolder folder;
  const auto run = [&folder](SweepWords words, const std::string& last) {
    words.insert(words.begin(), "run");
    words.insert(words.end(), {"arith:square", ":::", "1..1000", last});
    Launch launch = launch_of(std::move(words));
    launch.folder = folder.path();
    return ChildProcess(launch).finish();
  };
  const std::string expected = run({}, "7").output;
  CHECK(run({"--output", "out"}, "7").status == 0);
  CHECK(contains(run({"--output", "out", "--resume"}, "7").errors, "finished"));
  CHECK(run({"--output", "out", "--resume"}, "8").status == 2);
  CHECK(folder.read("out") == expected);
  for (const char* const shard : {"1/3", "2/3", "3/3"}) {
    CHECK(run({"--shard", shard, "--output", "part.{shard}"}, "7").status == 0);
  }
  Launch merge = launch_of({"merge", "--output", "merged", "part.1", "part.2", "part.3"});
  merge.folder = folder.path();
  CHECK(ChildProcess(merge).finish().status == 0);
  CHECK(folder.read("merged") == expected);
}
