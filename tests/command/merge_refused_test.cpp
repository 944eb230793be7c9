// SPDX-License-Identifier: Apache-2.0
// What a merge refuses, with the file, the reason and the remedy; nothing is written then.

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/catch.hpp"
#include "tests/command/item_lines.hpp"
#include "tests/command/process_tree.hpp"
#include "tests/command/sharded_run.hpp"

using namespace forkmap::cli;
using Words = std::vector<std::string>;
namespace fs = std::filesystem;

namespace {

// Three finished parts, one of them with a failure.
ShardedRun three_parts(Words arguments = {"arith:square"}) {
  return ShardedRun(std::move(arguments), numbers(8) + "bad\n" + numbers(10, 20));
}

void refuses_parts(const ShardedRun& run, const Words& parts, const Words& texts) {
  const Words before = run.names();
  const Ended ended = run.merge(parts);
  INFO(ended.errors);
  CHECK(ended.status == 2);
  CHECK(ended.output == "");
  CHECK(ended.errors.starts_with("forkmap: "));
  for (const std::string& text : texts) {
    INFO(text);
    CHECK(contains(ended.errors, text));
  }
  CHECK(run.names() == before);
  CHECK(run.folder.read("out") == "");
}

const Words kParts = {"part.1", "part.2", "part.3"};

}  // namespace

TEST_CASE("a merge without a name, or without parts, is refused") {
  const Ended nameless = run_forkmap({"merge", "part.1"});
  CHECK(nameless.status == 2);
  CHECK(contains(nameless.errors, "merge needs --output OUT"));
  const Ended empty = run_forkmap({"merge", "--output", "out"});
  CHECK(empty.status == 2);
  CHECK(contains(empty.errors, "merge needs the parts"));
  CHECK(run_forkmap({"merge", "--output", "-", "part.1"}).status == 2);
}

TEST_CASE("a shard that is missing is named") {
  const ShardedRun run = three_parts();
  run.run_shards(3);
  refuses_parts(run, {"part.3", "part.1"},
                {"1 of 3 shards is missing: 2 (part.1 is shard 1 of 3)"});
  refuses_parts(run, {"part.2"}, {"2 of 3 shards are missing: 1, 3", "run them first"});
}

TEST_CASE("a shard that is there twice is named with both files") {
  const ShardedRun run = three_parts();
  run.run_shards(3);
  fs::copy_file(run.folder.file("part.2"), run.folder.file("copy"));
  fs::copy_file(run.folder.file("part.2.journal"), run.folder.file("copy.journal"));
  refuses_parts(run, {"part.1", "part.2", "part.3", "copy"},
                {"part.2 and copy are both shard 2 of 3; name one of them"});
}

TEST_CASE("parts of different numbers of shards are refused") {
  const ShardedRun run = three_parts();
  run.run_shards(3);
  run.run_shards(2);  // parts 1 and 2 anew
  refuses_parts(run, kParts, {"part.3 is shard 3 of 3, and part.1 is shard 1 of 2"});
}

TEST_CASE("a part without a journal, or with a damaged one, is refused") {
  const ShardedRun run = three_parts();
  run.run_shards(3);
  fs::rename(run.folder.file("part.2.journal"), run.folder.file("elsewhere"));
  refuses_parts(run, kParts, {"part.2: there is no journal part.2.journal", "--output"});
  (void)run.folder.file("part.2.journal", "");
  refuses_parts(run, kParts, {"part.2: there is no journal part.2.journal, or nothing in it"});
  (void)run.folder.file("part.2.journal", "nothing of that kind\n");
  refuses_parts(run, kParts, {"part.2.journal is damaged", "--overwrite"});
  refuses_parts(run, {"part.1.journal"}, {"there is no journal part.1.journal.journal"});
}

TEST_CASE("an unfinished part is refused, with how to finish it") {
  const ShardedRun run = three_parts();
  run.run_shards(3);
  const std::string journal = run.folder.read("part.3.journal");
  const std::size_t last = journal.rfind('\n', journal.size() - 2) + 1;
  (void)run.folder.file("part.3.journal", journal.substr(0, last));
  refuses_parts(run, kParts, {"part.3 is unfinished: by part.3.journal ", "--resume"});
}

TEST_CASE("a part that another run still writes is refused") {
  const ShardedRun run = three_parts();
  run.run_shards(3);
  Launch launch = launch_of({"run", "--shard", "2/3", "--output", "part.2", "arith:square"});
  launch.folder = run.folder.path();
  ChildProcess process(launch);
  process.write(numbers(3));
  // Until its own journal is there: at first there is the old one, and for a moment none.
  const auto is_its_own = [&run] {
    const std::string journal = run.folder.read("part.2.journal");
    return journal.ends_with('\n') && !contains(journal, "\"finished\"");
  };
  while (!is_its_own() && state_of(process.pid()) != 'Z') ::usleep(1000);
  refuses_parts(run, kParts, {"part.2 is unfinished"});
  CHECK(process.finish(numbers(4, 20)).status == 0);
}

TEST_CASE("parts of different runs are refused with what differs") {
  const ShardedRun run = three_parts();
  const auto other = [&](const Words& more, const std::string& text) {
    run.run_shards(3);
    REQUIRE(run.run_shard(2, 3, more).status <= 1);
    refuses_parts(run, kParts, {"part.2 is of another run than part.1", text, "--overwrite"});
  };
  other({"--param", "x=1"}, "parameter x was not given and is \"1\"");
  other({"--seed", "5"}, "--seed was not given and is 5");
  other({"--tag"}, "--tag was not given and is given");
  other({"--first-item", "7"}, "--first-item was not given and is 7");
  other({"--unordered"}, "--unordered was not given and is given");
  other({"--format", "jsonl"}, "--format was not given and is jsonl");
  Launch launch;
  launch.folder = run.folder.path();
  run.run_shards(3);
  REQUIRE(run_forkmap(
              {"run", "--shard", "2/3", "--input", "items", "--output", "part.2", "powers:cube"},
              {}, launch)
              .status == 0);
  refuses_parts(run, kParts, {"function was arith:square", "code of arith was "});
}

TEST_CASE("parts of different inputs are refused") {
  const ShardedRun run = three_parts();
  run.run_shards(3);
  (void)run.folder.file("items", numbers(30));
  REQUIRE(run.run_shard(2, 3).status == 0);
  refuses_parts(run, kParts, {"part.2 has the items of another input than part.1", "--overwrite"});
  // Also where only an item of another shard differs, so that no item of this one does.
  (void)run.folder.file("items", numbers(8) + "bad\n" + numbers(10, 18) + "77\n20\n");
  REQUIRE(run.run_shard(2, 3).status == 0);
  refuses_parts(run, kParts, {"part.2 has the items of another input than part.1"});
}

TEST_CASE("results that are not what was written are refused") {
  const ShardedRun run = three_parts();
  run.run_shards(3);
  const std::string whole = run.folder.read("part.2");
  (void)run.folder.file("part.2", whole + "1\n");
  refuses_parts(run, kParts, {"part.2 has ", "were written by part.2.journal", "--overwrite"});
  std::string changed = whole;
  changed[0] = changed[0] == '9' ? '8' : '9';
  (void)run.folder.file("part.2", changed);
  refuses_parts(run, kParts, {"part.2 has other bytes than were written by part.2.journal"});
  fs::remove(run.folder.file("part.2"));
  refuses_parts(run, kParts, {"part.2 is not there, and "});
}

TEST_CASE("failures that are elsewhere, or not what was written, are refused") {
  const ShardedRun run = three_parts();
  run.run_shards(3);
  REQUIRE(run.folder.read("part.3.failures") != "");
  const std::string failures = run.folder.read("part.3.failures");
  std::string changed = failures;
  changed[changed.find("bad")] = 'm';
  (void)run.folder.file("part.3.failures", changed);
  refuses_parts(run, kParts, {"part.3.failures has other bytes than were written"});
  fs::remove(run.folder.file("part.3.failures"));
  refuses_parts(run, kParts,
                {"part.3.failures is not there", "--failures FILE, copy that file there"});
  (void)run.folder.file("part.3.failures", failures);
  CHECK(run.merge(kParts).status == 1);
  CHECK(count_of(run.folder.read("out"), "\n") == 19);
}

TEST_CASE("a run of failures is no shard") {
  const ShardedRun run = three_parts();
  run.run_shards(3);
  Launch launch;
  launch.folder = run.folder.path();
  REQUIRE(run_forkmap(
              {"run", "--retry-failures", "part.3.failures", "--output", "again", "arith:square"},
              {}, launch)
              .status == 1);
  refuses_parts(run, {"again"}, {"again has the items of --retry-failures, and is no shard"});
}

TEST_CASE("an output that is a part, no file, or somebody else's unfinished run is refused") {
  const ShardedRun run = three_parts();
  run.run_shards(3);
  Launch launch;
  launch.folder = run.folder.path();
  const auto merge_to = [&](const std::string& name, const Words& more = {}) {
    Words words = {"merge", "--output", name, "part.1", "part.2", "part.3"};
    words.insert(words.end(), more.begin(), more.end());
    return run_forkmap(words, {}, launch);
  };
  const std::string before = run.folder.read("part.2");
  const Ended part = merge_to("part.2");
  CHECK(part.status == 2);
  CHECK(contains(part.errors, "part.2 and part.2 are the same file"));
  CHECK(run.folder.read("part.2") == before);
  REQUIRE(::link(run.folder.file("part.2").c_str(), run.folder.file("name").c_str()) == 0);
  CHECK(merge_to("name").status == 2);
  CHECK(merge_to("/dev/null").status == 2);
  CHECK(merge_to("/dev/stdout").status == 2);
  CHECK(merge_to(".").status == 2);
  CHECK(merge_to("no/such/folder").status == 2);
  (void)run.folder.file("busy", "1\n");
  const std::string journal = run.folder.read("part.3.journal");
  (void)run.folder.file("busy.journal",
                        journal.substr(0, journal.rfind('\n', journal.size() - 2) + 1));
  const Ended unfinished = merge_to("busy");
  CHECK(unfinished.status == 2);
  CHECK(contains(unfinished.errors, "busy is unfinished"));
  CHECK(run.folder.read("busy") == "1\n");
  CHECK(merge_to("busy", {"--overwrite"}).status == 1);
  CHECK(count_of(run.folder.read("busy"), "\n") == 19);
  // A finished one is written anew, as a run does.
  CHECK(merge_to("busy").status == 1);
}

TEST_CASE("a merge of more files than may be open names one of them") {
  const ShardedRun run = three_parts();
  run.run_shards(20);
  Words command = {"/bin/sh", "-c", "ulimit -n 12; exec \"$0\" merge --output out \"$@\"",
                   FORKMAP_COMMAND};
  for (const std::string& name : run.names_of_parts()) command.push_back(name);
  Launch launch;
  launch.command = command;
  launch.folder = run.folder.path();
  const Ended ended = ChildProcess(launch).finish();
  INFO(ended.errors);
  CHECK(ended.status == 3);
  CHECK(contains(ended.errors, "cannot read part."));
  CHECK(contains(ended.errors, "ulimit -n is 12"));
  CHECK_FALSE(std::filesystem::exists(run.folder.file("out")));
}

TEST_CASE("a merge that cannot write leaves what was there") {
  const ShardedRun run = three_parts();
  run.run_shards(3);
  (void)run.folder.file("out", "precious\n");
  const Words before = run.names();
  Launch launch;
  launch.folder = run.folder.path();
  launch.command = {"/bin/sh", "-c",
                    "ulimit -f 0; exec \"$0\" merge --output out part.1 part.2 part.3",
                    FORKMAP_COMMAND};
  const Ended full = ChildProcess(launch).finish();
  INFO(full.errors);
  CHECK(full.status == 3);
  CHECK(contains(full.errors, "out"));
  CHECK(run.folder.read("out") == "precious\n");
  CHECK(run.names() == before);
}
