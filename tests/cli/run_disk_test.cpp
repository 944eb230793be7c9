// SPDX-License-Identifier: Apache-2.0
// Files that cannot be written or read on.

#include <filesystem>
#include <optional>

#include "tests/catch.hpp"
#include "tests/cli/output_run.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

// A script on a file system of its own, of so many bytes, mounted at $D: it is gone with the
// script. Nothing where this process may not mount one.
std::optional<Ended> on_small_disk(const TestFolder& folder, const std::string& size,
                                   const std::string& script) {
  constexpr int kNotMounted = 99;
  const std::string mount = "mount -t tmpfs -o size=" + size + " none \"$D\" || exit 99\n";
  Launch launch;
  launch.environment = {{"D", folder.path() + "/disk"},
                        {"F", FORKMAP_COMMAND},
                        {"FAULTY", faulty()},
                        {"HERE", folder.path()}};
  REQUIRE(std::filesystem::create_directory(folder.path() + "/disk"));
  for (const std::string own_space :
       {"unshare --mount", "unshare --user --map-root-user --mount"}) {
    launch.command = {"/bin/bash", "-c",
                      own_space + " true 2> /dev/null || exit 99; exec " + own_space +
                          " bash -c '" + mount + script + "'"};
    const Ended ended = ChildProcess(launch).finish();
    if (ended.status == kNotMounted) continue;
    INFO(ended.errors);
    REQUIRE(ended.status == 0);
    return ended;
  }
  WARN("no file system can be mounted here, not even in a user namespace: nothing was tested");
  SUCCEED();
  return std::nullopt;
}

constexpr int kItems = 30'000;

}  // namespace

TEST_CASE("a run on a full disk ends with 3, and goes on once there is room") {
  const TestFolder folder;
  folder.file("I", numbers(kItems));
  const auto found = on_small_disk(folder, "600k",
                                   "head -c 500k /dev/zero > $D/filler\n"
                                   "run() { $F run arith:square --input $HERE/I --output $D/O $1; "
                                   "echo $?; }\n"
                                   "run\n"
                                   "run --resume\n"
                                   "rm $D/filler\n"
                                   "run --resume\n"
                                   "cat $D/O > $HERE/results\n");
  if (!found) return;
  const Ended& ended = *found;
  CHECK(ended.output == "3\n3\n0\n");
  CHECK(count_of(ended.errors, "No space left on device") == 2);
  CHECK(contains(ended.errors, "/disk/O"));
  CHECK((folder.read("results") == squares(kItems)));
}

TEST_CASE("failures, logs and standard output on a full disk end a run with 3") {
  const TestFolder folder;
  std::string bad;
  for (int i = 0; i < kItems; ++i) bad += "x\n";
  folder.file("bad", bad);
  folder.file("I", numbers(kItems));
  const auto found = on_small_disk(
      folder, "100k",
      "$F run arith:square --input $HERE/bad --output $HERE/O --failures $D/f; echo $?\n"
      "rm $D/f\n"
      "$F run arith:square --input $HERE/I --chunk 1 --joblog $D/log > $HERE/out; echo $?\n"
      "rm $D/log\n"
      "$F run arith:square --input $HERE/I > $D/out; echo $?\n");
  if (!found) return;
  const Ended& ended = *found;
  CHECK(ended.output == "3\n3\n3\n");
  CHECK(count_of(ended.errors, "No space left on device") == 3);
  CHECK_FALSE(contains(folder.read("O.journal"), "finished"));
}

TEST_CASE("a crash file for which there is no room is told, and no part of it is left") {
  const TestFolder folder;
  const auto found = on_small_disk(
      folder, "64k",
      "mkdir $D/crashes; head -c 64k /dev/zero > $D/filler 2> /dev/null\n"
      "$F run --crash-dir $D/crashes --retries 0 $FAULTY:crash_on_three 1 3 5; echo $?\n"
      "ls $D/crashes | wc -l\n");
  if (!found) return;
  CHECK(found->output == "1\n5\n1\n0\n");
  CHECK(contains(found->errors, "--crash-dir: "));
  CHECK(contains(found->errors, "No space left on device"));
}

TEST_CASE("failures that cannot be kept leave a journal to go on with") {
  const OutputRun run({"arith:square", "2", "x", "3"});
  const Ended full = run.to_its_end({"--failures", "/dev/full"});
  CHECK(full.status == 3);
  CHECK(contains(full.errors, "/dev/full"));
  const Ended ended = run.to_its_end({"--resume"});
  CHECK(ended.status == 1);
  CHECK(run.output() == "4\n9\n");
  CHECK(count_of(run.folder.read("O.failures"), "\n") == 1);
}

TEST_CASE("an input that cannot be read is no input that has ended") {
  const OutputRun run({"arith:square"});
  // A read of address 0 fails with an error.
  const Ended ended = run.to_its_end({"--input", "/proc/self/mem"});
  CHECK(ended.status == 3);
  CHECK(contains(ended.errors, "cannot read /proc/self/mem"));
  CHECK_FALSE(contains(run.journal(), "finished"));
  const Ended folder = run.to_its_end({"--overwrite", "--input", run.folder.path()});
  CHECK(folder.status == 2);
}

TEST_CASE("a pipe that is closed ends a run quietly, also with a log") {
  const TestFolder folder;
  Launch launch;
  launch.command = {"/bin/bash", "-c",
                    "seq 1000000 2> /dev/null | " FORKMAP_COMMAND " run arith:square --joblog " +
                        folder.path() + "/log | head -1; echo ${PIPESTATUS[1]}"};
  const Ended ended = ChildProcess(launch).finish();
  CHECK(ended.output == "1\n141\n");
  CHECK(ended.errors == "");
}
