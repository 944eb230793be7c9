// SPDX-License-Identifier: Apache-2.0
// Two names of a run that are one file: nothing is changed, and both are named.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "tests/catch.hpp"
#include "tests/command/output_run.hpp"
#include "tests/command/process_tree.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
namespace fs = std::filesystem;

namespace {

constexpr const char* kItems = "1\n2\n3\n";

// Runs a line of shell in the folder, with the command as $F; the output ends with the status.
Ended shell(const TestFolder& folder, const std::string& line) {
  Launch launch;
  launch.folder = folder.path();
  launch.environment = {{"F", FORKMAP_COMMAND}, {"FAULTY", faulty()}};
  launch.command = {"/bin/bash", "-c", line + "; echo status $?"};
  return ChildProcess(launch).finish();
}

void check_refused(const Ended& ended, const std::string& one, const std::string& other) {
  INFO(ended.output << ended.errors);
  CHECK(contains(ended.output, "status 2\n"));
  CHECK(contains(ended.errors, one));
  CHECK(contains(ended.errors, other));
  CHECK(contains(ended.errors, "are the same file"));
}

}  // namespace

TEST_CASE("an input that a run is also to write is refused, and is as it was") {
  for (const std::string option :
       {"--report", "--failures", "--joblog", "--trace", "--stats", "--output"}) {
    for (const std::string name : {"items", "./items", "hard", "soft", "$PWD/items"}) {
      const TestFolder folder;
      folder.file("items", kItems);
      fs::create_hard_link(folder.path() + "/items", folder.path() + "/hard");
      fs::create_symlink("items", folder.path() + "/soft");
      const Ended ended =
          shell(folder, "$F run --input items " + option + " " + name + " arith:square");
      check_refused(ended, "--input items", option);
      CHECK(folder.read("items") == kItems);
      CHECK_FALSE(fs::exists(folder.path() + "/items.journal"));
    }
  }
}

TEST_CASE("whatever a run reads is not written by it") {
  const TestFolder folder;
  folder.file("items", kItems);
  const std::string failures =
      "{\"item\":1,\"text\":\"2\",\"kind\":\"WorkerDied\",\"function\":\"f\",\"message\":\"\","
      "\"attempt\":1}\n";
  folder.file("failed", failures);
  fs::copy_file(faulty(), folder.path() + "/own.so");
  const std::string plugin = folder.read("own.so");
  check_refused(shell(folder, "$F run ./own.so:ok --joblog own.so 1"), "plugin ./own.so",
                "--joblog own.so");
  check_refused(shell(folder, "$F run -p ./own.so ok --stats own.so 1"), "plugin ./own.so",
                "--stats own.so");
  check_refused(shell(folder, "$F run --late-plugin ./own.so ok --output own.so 1"), "plugin",
                "--output own.so");
  CHECK(folder.read("own.so") == plugin);
  check_refused(shell(folder, "$F run --retry-failures failed --failures failed arith:square"),
                "--retry-failures failed", "--failures failed");
  check_refused(shell(folder, "$F run --retry-failures O.failures --output O arith:square"),
                "--retry-failures O.failures", "the failures of --output, O.failures");
  CHECK(folder.read("failed") == failures);
  check_refused(shell(folder, "$F run arith:square < items --trace items"), "standard input",
                "--trace items");
  check_refused(shell(folder, "$F run arith:square --input items >> items"), "--input items",
                "standard output");
  check_refused(shell(folder, "$F run arith:square < items >> items"), "standard input",
                "standard output");
  check_refused(shell(folder, "$F run arith:square --input /dev/fd/3 --joblog items 3< items"),
                "--input /dev/fd/3", "--joblog items");
  CHECK(folder.read("items") == kItems);
}

TEST_CASE("two files that a run is to write are not one, also if there is none yet") {
  const TestFolder folder;
  const std::string run = "$F run arith:square 1 ";
  check_refused(shell(folder, run + "--trace t --report ./t"), "--trace t", "--report ./t");
  check_refused(shell(folder, run + "--stats t --joblog $PWD/t"), "--stats", "--joblog");
  check_refused(shell(folder, run + "--output O --stats O.journal"), "the journal of --output",
                "--stats O.journal");
  check_refused(shell(folder, run + "--output O --joblog O.failures"), "the failures of --output",
                "--joblog O.failures");
  check_refused(shell(folder, run + "--output O --failures O"), "--output O", "--failures O");
  check_refused(shell(folder, run + "--failures log > log"), "standard output", "--failures log");
  check_refused(shell(folder, "ln -s nowhere link; " + run + "--joblog link --trace nowhere"),
                "--joblog link", "--trace nowhere");
  check_refused(shell(folder, run + "--crash-dir d --stats d"), "--crash-dir", "--stats d");
  CHECK_FALSE(fs::exists(folder.path() + "/t"));
  CHECK_FALSE(fs::exists(folder.path() + "/O"));
  CHECK_FALSE(fs::exists(folder.path() + "/O.journal"));
  CHECK_FALSE(fs::exists(folder.path() + "/nowhere"));
}

TEST_CASE("messages that go to the file of failures are refused, or named by its descriptor") {
  const TestFolder folder;
  const std::string run = "$F run arith:square 1 x 3 ";
  const Ended refused = shell(folder, run + "--failures log 2> log");
  CHECK(contains(refused.output, "status 2"));
  CHECK(contains(folder.read("log"), "are the same file"));
  const Ended shared =
      shell(folder, "echo before > log; " + run + "--failures /dev/stderr 2>> log");
  CHECK(shared.output == "1\n9\nstatus 1\n");
  CHECK(folder.read("log").starts_with("before\n"));
  CHECK(contains(folder.read("log"), "{\"item\":2,\"text\":\"x\""));
  CHECK(contains(folder.read("log"), "forkmap: "));
}

TEST_CASE("devices and the writers of one pipe do not collide") {
  const TestFolder folder;
  const Ended device =
      shell(folder,
            "$F run arith:square 1 x --failures /dev/null --joblog /dev/null --input /dev/null "
            "--report /dev/null < /dev/null 2> /dev/null");
  CHECK(contains(device.output, "status 2"));  // items twice; not for the device
  const Ended null = shell(
      folder, "$F run arith:square --input /dev/null --failures /dev/null --joblog /dev/null");
  CHECK(null.output == "status 0\n");
  const Ended pipe = shell(folder,
                           "mkfifo p; cat p > all & $F run arith:square 1 x 3 --failures p "
                           "--joblog p 2> /dev/null; s=$?; wait; (exit $s)");
  CHECK(pipe.output == "1\n9\nstatus 1\n");
  CHECK(contains(folder.read("all"), "\"text\":\"x\""));
  CHECK(contains(folder.read("all"), "JobRuntime"));
  check_refused(shell(folder, "$F run arith:square --input p --joblog p"), "--input p",
                "--joblog p");
}

TEST_CASE("a name that means an open file is written where that stands, and is not emptied") {
  const TestFolder folder;
  const std::string run = "$F run arith:square 1 x 3 2> /dev/null ";
  shell(folder, "exec 3> f; echo first >&3; " + run + "--failures /dev/fd/3; echo last >&3");
  const std::string failures = folder.read("f");
  CHECK(failures.starts_with("first\n{\"item\":2,"));
  CHECK(failures.ends_with("}\nlast\n"));
  shell(folder, "exec 3> f; echo first >&3; " + run + "--stats /proc/self/fd/3; echo last >&3");
  CHECK(folder.read("f").starts_with("first\n{"));
  CHECK(folder.read("f").ends_with("last\n"));
  const Ended both = shell(folder, run + "--joblog /dev/stdout > f");
  CHECK(both.output == "status 1\n");
  CHECK(contains("\n" + folder.read("f"), "\n1\n"));
  CHECK(contains("\n" + folder.read("f"), "\n9\n"));
  CHECK(contains(folder.read("f"), "JobRuntime"));
  const Ended output = shell(folder, run + "--output /dev/stdout > f");
  CHECK(contains(output.output, "status 2"));
  const Ended closed = shell(folder, "$F run arith:square 1 --trace /dev/fd/77");
  CHECK(contains(closed.output, "status 2"));
  CHECK(contains(closed.errors, "/dev/fd/77: Bad file descriptor"));
}

TEST_CASE("a second run is refused under another name of the output, and of a log") {
  const TestFolder folder;
  folder.file("a", "");
  fs::create_hard_link(folder.path() + "/a", folder.path() + "/b");
  const auto path = [&folder](const char* name) { return folder.path() + "/" + name; };
  ChildProcess first(launch_of(
      {"run", "arith:square", "--output", path("a"), "--joblog", path("log"), "--chunk", "1"}));
  first.write("1\n");
  while (!contains(folder.read("a.journal"), "\"sequence\"") && state_of(first.pid()) != 'Z') {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const std::string holder = "(process " + std::to_string(first.pid()) + ")";
  const Ended output = run_forkmap({"run", "arith:square", "--output", path("b"), "7"});
  CHECK(output.status == 2);
  CHECK(contains(output.errors, holder));
  CHECK(contains(output.errors, path("b")));
  const Ended log = run_forkmap({"run", "arith:square", "--joblog", path("log"), "7"});
  CHECK(log.status == 2);
  CHECK(contains(log.errors, holder));
  const Ended report = run_forkmap({"run", "arith:square", "--report", path("b"), "7"});
  CHECK(report.status == 2);
  CHECK(contains(report.errors, holder));
  first.write("2\n");
  CHECK(first.finish().status == 0);
  CHECK(folder.read("a") == "1\n4\n");
  CHECK(count_of(folder.read("log"), "\n") == 3);
}

TEST_CASE("an output that is cut, written, replaced or removed under a run is noticed") {
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"truncate -s 1 O", "was changed by somebody else"},
      {"echo more >> O", "was changed by somebody else"},
      {"mv O away; cp away O", "was replaced by another file"},
      {"rm O", "was removed or renamed"},
      {"truncate -s 1 O.journal", "O.journal was changed by somebody else"},
      {"rm O.failures", "O.failures was removed or renamed"}};
  for (const auto& [change, message] : changes) {
    const OutputRun run({"arith:square", "--chunk", "1"});
    ChildProcess process(launch_of(run.with({})));
    process.write("1\n");
    run.wait_for_record(process);
    const std::size_t records = run.records();
    CHECK(contains(shell(run.folder, change).output, "status 0"));
    process.write("2\n");
    const Ended ended = process.finish("3\n");
    INFO(change << "\n" << ended.errors);
    CHECK(ended.status == 3);
    CHECK(contains(ended.errors, message));
    CHECK(run.records() <= records);
  }
}

TEST_CASE(
    "a log that is cut, written, replaced or removed under a run is told, and costs no result") {
  const auto* const option = GENERATE("--joblog", "--failures", "--trace");
  const std::string serial = GENERATE("--serial", "");
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"truncate -s 1 L", "was changed by somebody else"},
      {"echo more >> L", "was changed by somebody else"},
      {"mv L away; cp away L", "was replaced by another file"},
      {"rm L", "was removed or renamed"},
      {"true", ""}};
  for (const auto& [change, message] : changes) {
    const TestFolder folder;
    std::vector<std::string> words = {"run", "arith:square", "--chunk",
                                      "1",   option,         folder.path() + "/L"};
    if (!serial.empty()) words.push_back(serial);
    ChildProcess process(launch_of(words));
    // Items that fail, so that each of the files has something.
    process.write("1\nx\n");
    while (folder.read("L").size() < 2 && state_of(process.pid()) != 'Z') {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    CHECK(contains(shell(folder, change).output, "status 0"));
    const Ended ended = process.finish("2\ny\n");
    INFO(option << "\n" << change << "\n" << ended.errors);
    CHECK(ended.output == "1\n4\n");
    CHECK(ended.status == (message.empty() ? 1 : 3));
    CHECK(contains(ended.errors, message));
    CHECK(count_of(ended.errors, "L was ") == (message.empty() ? 0 : 1));
  }
}
