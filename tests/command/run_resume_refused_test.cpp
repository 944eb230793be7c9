// SPDX-License-Identifier: Apache-2.0
// What a run over a file of results refuses, and what it says.

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/catch.hpp"
#include "tests/command/output_run.hpp"
#include "tests/command/process_tree.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_CASE("an unfinished output is refused, and a finished one is not") {
  const OutputRun run({});
  const std::string input = run.folder.file("I", numbers(200));
  run.killed_at(20, run.held(input));
  const std::string before = run.output();
  const Ended refused = run.to_its_end(run.held(input));
  CHECK(refused.status == 2);
  CHECK(contains(refused.errors, "is unfinished"));
  CHECK(contains(refused.errors, "--overwrite"));
  CHECK(run.output() == before);
  run.open_gate();
  CHECK(run.to_its_end(run.held(input, {"--overwrite"})).status == 0);
  CHECK(run.output() == numbers(200));
  CHECK(run.to_its_end({"arith:square", "2"}).status == 0);
  CHECK(run.output() == "4\n");
}

TEST_CASE("a finished run is resumed by saying so") {
  const OutputRun run({"arith:square", "2", "x"});
  CHECK(run.to_its_end({"--resume"}).status == 1);
  const Ended again = run.to_its_end({"--resume"});
  CHECK(again.status == 1);
  CHECK(contains(again.errors, "is finished already: 2 items, of which 1 failed"));
  CHECK(run.output() == "4\n");
}

TEST_CASE("what has changed is named, and refused unless it may") {
  const OutputRun run({});
  const std::string input = run.folder.file("I", numbers(200));
  run.killed_at(20, run.held(input));
  const auto changed = [&](const std::vector<std::string>& more) {
    auto all = run.held(input, more);
    all.push_back("--resume");
    return run.to_its_end(all);
  };
  const std::string before = run.output();
  const Ended parameter = changed({"--param", "calib=9"});
  CHECK(parameter.status == 2);
  CHECK(contains(parameter.errors, "parameter calib was not given and is \"9\""));
  CHECK(contains(changed({"--tag"}).errors, "--tag was not given and is given"));
  CHECK(contains(changed({"--shard", "1/2"}).errors, "--shard was not given and is 1/2"));
  const Ended function = run.to_its_end({"arith:square", "--input", input, "--resume"});
  CHECK(function.status == 2);
  CHECK(contains(function.errors, "function was gates:wait_at "));
  CHECK(contains(function.errors, "code of arith was not given"));
  CHECK(run.output() == before);
  run.open_gate();
  const Ended anyway = changed({"--param", "calib=9", "--resume-anyway"});
  CHECK(anyway.status == 0);
  CHECK(contains(anyway.errors, "going on all the same"));
  CHECK(run.output() == numbers(200));
}

TEST_CASE("another input is refused, unless its items are to be counted off") {
  const OutputRun run({});
  const std::string input = run.folder.file("I", numbers(200));
  const std::string held = "\"items\":" + std::to_string(OutputRun::kHeldFrom - 1) + ",";
  run.killed_when([&] { return contains(run.journal(), held); }, run.held(input));
  run.open_gate();
  const std::string before = run.output();
  auto resumed = run.held(input, {"--resume"});
  run.folder.file("I", "6\n" + numbers(2, 200));
  const Ended other = run.to_its_end(resumed);
  CHECK(other.status == 2);
  CHECK(contains(other.errors, "the input does not begin with the "));
  run.folder.file("I", "1\n");
  CHECK(run.to_its_end(resumed).status == 2);
  CHECK(run.output() == before);
  run.folder.file("I", same_items(20, "1066") + numbers(21, 200));
  resumed.back() = "--resume-anyway";
  CHECK(run.to_its_end(resumed).status == 0);
  CHECK(count_of(run.output(), "\n") == 200);
  CHECK_FALSE(contains(run.output(), "1066"));
}

TEST_CASE("a second run of one output is refused while the first one goes") {
  const OutputRun run({"arith:square"});
  ChildProcess process(launch_of(run.with({})));
  process.write("1\n");
  run.wait_for_record(process);
  for (const char* option : {"--resume", "--overwrite"}) {
    const Ended second = run.to_its_end({option, "7"});
    CHECK(second.status == 2);
    CHECK(contains(second.errors, "(process " + std::to_string(process.pid()) + ")"));
  }
  process.write("2\n");
  CHECK(process.finish().status == 0);
  CHECK(run.output() == "1\n4\n");
}

TEST_CASE("files that are not those of the journal are refused") {
  const OutputRun run({"arith:square"});
  run.folder.file("O", "precious\n");
  const Ended foreign = run.to_its_end({"--resume", "1"});
  CHECK(foreign.status == 2);
  CHECK(run.output() == "precious\n");
  const OutputRun other({});
  const std::string input = other.folder.file("I", numbers(200));
  other.killed_at(60, other.held(input));
  fs::resize_file(other.folder.path() + "/O", 1);
  const Ended shorter = other.to_its_end(other.held(input, {"--resume"}));
  CHECK(shorter.status == 2);
  CHECK(contains(shorter.errors, "/O has 1 bytes"));
}

TEST_CASE("options and names that make no sense are refused") {
  const OutputRun run({"arith:square", "1"});
  CHECK(run_forkmap({"run", "arith:square", "--resume", "1"}).status == 2);
  CHECK(run_forkmap({"run", "arith:square", "--overwrite", "1"}).status == 2);
  CHECK(run.to_its_end({"--resume", "--overwrite"}).status == 2);
  const Ended device = run_forkmap({"run", "arith:square", "--output", "/dev/full", "1"});
  CHECK(device.status == 2);
  CHECK(contains(device.errors, "is not a regular file"));
  const std::string loop = run.folder.path() + "/loop";
  REQUIRE(::symlink(loop.c_str(), loop.c_str()) == 0);
  const Ended looped = run_forkmap({"run", "arith:square", "--output", loop, "1"});
  CHECK(looped.status == 2);
  CHECK(contains(looped.errors, "cannot write " + loop));
  CHECK_FALSE(std::filesystem::exists(loop + ".journal"));
  const std::string input = run.folder.file("I", "1\n");
  CHECK(run_forkmap({"run", "arith:square", "--output", input, "--input", input}).status == 2);
  CHECK(run.folder.read("I") == "1\n");
}
