// SPDX-License-Identifier: Apache-2.0
// A merge of the shards of a run gives the files of one run.

#include <algorithm>
#include <filesystem>
#include <string>

#include "tests/catch.hpp"
#include "tests/command/item_lines.hpp"
#include "tests/command/sharded_run.hpp"

using namespace forkmap::cli;
using Words = std::vector<std::string>;

namespace {

const std::vector<int> kCounts = {1, 3, 4, 7};

// Every kth number is a word, which no function of numbers takes.
std::string with_bad_items(long last, long every) {
  std::string text;
  for (long item = 1; item <= last; ++item) {
    text += item % every == 0 ? "bad" + std::to_string(item) : std::to_string(item);
    text += '\n';
  }
  return text;
}

void is_as_one(const Words& arguments, const std::string& input,
               const std::vector<int>& counts = kCounts) {
  const ShardedRun run(arguments, input);
  const Ended one = run.run_as_one();
  INFO(one.errors);
  REQUIRE(one.status <= 1);
  for (const int count : counts) {
    CAPTURE(arguments, count);
    run.remove_parts();
    run.run_shards(count);
    const Ended merged = run.merge_all();
    INFO(merged.errors);
    CHECK(merged.status == one.status);
    CHECK(run.folder.read("out") == run.folder.read("one"));
    CHECK(run.failures("out.failures") == run.failures("one.failures"));
  }
  // One run finds nothing left to do.
  Words resumed = {"run", "--input", "items", "--output", "out", "--resume"};
  resumed.insert(resumed.end(), arguments.begin(), arguments.end());
  Launch launch;
  launch.folder = run.folder.path();
  const Ended again = run_forkmap(resumed, {}, launch);
  INFO(again.errors);
  CHECK(contains(again.errors, "out is finished already"));
  CHECK(again.status == one.status);
}

}  // namespace

TEST_CASE("merged lines are those of one run") {
  is_as_one({"arith:square"}, numbers(1000));
  is_as_one({"--tag", "arith:square"}, numbers(100));
  is_as_one({"arith:divmod"}, "7\t2\n-7\t2\n1\t3\n100\t7\n5\t5\n");
  is_as_one({faulty() + ":nothing"}, numbers(20));
  is_as_one({"--first-item", "50", faulty() + ":index_and_seed", "--seed", "9"}, numbers(40));
  is_as_one({faulty() + ":echo"}, "\n\nno end at the last line");
}

TEST_CASE("merged results that end with NUL are those of one run") {
  is_as_one({"-0", faulty() + ":echo"}, std::string("a\nb\0c\0\0d\0e\n\0f\0", 14));
  is_as_one({"-0", "--tag", faulty() + ":echo"}, std::string("a\nb\0c\0\0d\0", 9));
}

TEST_CASE("merged JSON lines are those of one run") {
  is_as_one({"--format", "jsonl", "arith:square"}, numbers(100));
  is_as_one({"--format", "jsonl", "--tag", "arith:square"}, with_bad_items(60, 7));
  is_as_one({"--format", "jsonl", "-0", faulty() + ":echo"}, std::string("a\nb\0c\0\0d\0", 9));
}

TEST_CASE("items that failed are left out of merged results, and are in merged failures") {
  is_as_one({"arith:square"}, with_bad_items(200, 5));
  is_as_one({"--tag", "arith:square"}, with_bad_items(200, 7));
  is_as_one({"--first-item", "1000", "arith:square"}, with_bad_items(50, 3));
  is_as_one({"arith:square"}, same_items(30, "bad"));
  is_as_one({faulty() + ":throw_on_three"}, numbers(10));
}

TEST_CASE("items that failed have their line where they are filled") {
  is_as_one({"--fill", "NA", "arith:square"}, with_bad_items(100, 6));
  is_as_one({"--fill", "NA", "--format", "jsonl", "arith:square"}, with_bad_items(100, 6));
  is_as_one({"-0", "--fill", "N\nA", faulty() + ":throw_on_three"},
            std::string("1\0003\0002\0003\0004\0", 10));
}

TEST_CASE("more shards than items leave empty parts, which are merged, too") {
  is_as_one({"arith:square"}, numbers(5));
  is_as_one({"arith:square"}, "");
  is_as_one({"arith:square"}, "bad\n");
}

TEST_CASE("merged reductions of integers are those of one run") {
  for (const char* reduction : {"sum", "min", "max", "count", "mean"}) {
    is_as_one({"--reduce", reduction, "arith:square"}, numbers(100), {1, 3});
    is_as_one({"--reduce", reduction, "--format", "jsonl", "arith:square"}, numbers(2), {4});
    is_as_one({"--reduce", reduction, "arith:square"}, "", {2});
  }
  is_as_one({"--reduce", "sum", "arith:square"}, with_bad_items(20, 4), {3});
  is_as_one({"--reduce", "max", "arith:hypot"}, "3\t4\n5\t12\n0.5\t0\n");
}

TEST_CASE("a merged sum of floats says that it is one of sums") {
  const ShardedRun run({"--reduce", "sum", "arith:hypot"}, "3\t4\n5\t12\n0.5\t0\n");
  run.run_shards(2);
  const Ended merged = run.merge_all();
  CHECK(merged.status == 0);
  CHECK(run.folder.read("out") == "18.5\n");
  CHECK(contains(merged.errors, "the sum of floats is made of the sums of 2 shards"));
}

TEST_CASE("a merged reduction with failures is told, and not written, as one run does") {
  const ShardedRun run({"--reduce", "sum", "arith:square"}, with_bad_items(10, 5));
  const Ended one = run.run_as_one();
  run.run_shards(3);
  const Ended merged = run.merge_all();
  CHECK(one.status == 1);
  CHECK(merged.status == 1);
  const std::string partial = "partial sum, of the 8 items that did not fail: 260";
  CHECK(contains(one.errors, partial));
  CHECK(contains(merged.errors, partial));
  CHECK(contains(merged.errors, "2 of 10 items failed: out.failures"));
  CHECK(run.folder.read("out").empty());
}

TEST_CASE("unordered parts are put one behind the other") {
  const ShardedRun run({"--unordered", "arith:square"}, with_bad_items(50, 9));
  run.run_shards(3);
  CHECK(run.merge_all().status == 1);
  CHECK(run.folder.read("out") ==
        run.folder.read("part.1") + run.folder.read("part.2") + run.folder.read("part.3"));
  CHECK(count_of(run.folder.read("out.failures"), "\n") == 5);
}

TEST_CASE("parts of arguments are merged like those of lines") {
  const ShardedRun run({}, "");
  Launch launch;
  launch.folder = run.folder.path();
  const auto shard = [&](const std::string& text, const std::string& last) {
    return run_forkmap({"run", "--shard", text, "--output", "part.{shard}", "arith:hypot", "3", "4",
                        "5", "12", "8", last},
                       {}, launch)
        .status;
  };
  REQUIRE(shard("1/2", "15") == 0);
  REQUIRE(shard("2/2", "15") == 0);
  CHECK(run.merge_all().status == 0);
  CHECK(run.folder.read("out") == "5\n13\n17\n");
  REQUIRE(shard("2/2", "6") == 0);
  CHECK(contains(run.merge_all().errors, "part.2 has the items of another input than part.1"));
}

TEST_CASE("a part may be resumed before the merge, and a merge may be resumed after it") {
  const ShardedRun run({"arith:square"}, numbers(20));
  run.run_shards(3);
  REQUIRE(run.folder.file("items", numbers(50)) != "");
  for (int index = 1; index <= 3; ++index) {
    REQUIRE(run.run_shard(index, 3, {"--resume"}).status == 0);
  }
  REQUIRE(run.merge_all().status == 0);
  CHECK(run.folder.read("out") == squares(50));
  REQUIRE(run.folder.file("items", numbers(60)) != "");
  Launch launch;
  launch.folder = run.folder.path();
  const Ended grown = run_forkmap(
      {"run", "--input", "items", "--output", "out", "--resume", "arith:square"}, {}, launch);
  CHECK(contains(grown.errors, "going on behind 50 items"));
  CHECK(run.folder.read("out") == squares(60));
}

TEST_CASE("lines of many lengths are merged, also where they are longer than a buffer") {
  std::string input;
  for (int item = 0; item < 40; ++item) input += std::to_string((item * 7919) % 300000) + "\n";
  is_as_one({faulty() + ":grow"}, input + "3000000\n");
}

TEST_CASE("the names of shards sort in the order of the shards") {
  const ShardedRun run({"arith:square"}, numbers(30));
  run.run_shards(11);
  Words parts = run.names_of_parts();
  std::erase_if(parts, [](const std::string& name) { return name.size() > 7; });
  REQUIRE(parts.size() == 11);
  CHECK(parts.front() == "part.01");
  CHECK(parts.back() == "part.11");
  std::ranges::reverse(parts);
  CHECK(run.merge(parts).status == 0);
  CHECK(run.folder.read("out") == squares(30));
}
