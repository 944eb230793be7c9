// SPDX-License-Identifier: Apache-2.0
// A run over several nodes, all of them on this machine, gives what one machine gives.

#include <csignal>
#include <filesystem>
#include <string>

#include "tests/catch.hpp"
#include "tests/command/item_lines.hpp"
#include "tests/command/node_run.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;

namespace {

using NodeWords = std::vector<std::string>;

void is_as_one_machine(const NodeWords& arguments, const std::string& input) {
  CAPTURE(arguments);
  NodeWords words = arguments;
  words.insert(words.begin(), "run");
  const Ended one = run_forkmap(words, input);
  const Ended several = run_over_nodes({1, 2}, arguments, input);
  INFO(several.errors);
  CHECK(several.status == one.status);
  CHECK(several.output == one.output);
}

// Three ranks that an mpirun has started, with these arguments of run.
Launch launch_of_ranks(const NodeWords& arguments) {
  Launch launch = node_launch({}, {});
  launch.command = {"/usr/bin/env",
                    "mpirun",
                    "--oversubscribe",
                    "--enable-recovery",
                    "--bind-to",
                    "none",
                    "-n",
                    "3",
                    FORKMAP_COMMAND,
                    "run",
                    "--nodes",
                    "mpi",
                    "-j",
                    "1"};
  launch.command.insert(launch.command.end(), arguments.begin(), arguments.end());
  return launch;
}

}  // namespace

TEST_CASE("the lesson over three nodes") {
  if (!has_mpi()) return;
  const Ended ended = run_over_nodes({1, 1}, {"arith:square", "1", "2", "3", "4", "5"});
  CHECK(ended.output == "1\n4\n9\n16\n25\n");
  CHECK(ended.errors == "");
  CHECK(ended.status == 0);
}

TEST_CASE("several nodes give the bytes of one") {
  if (!has_mpi()) return;
  is_as_one_machine({"--seed", "7", faulty() + ":index_and_seed"}, numbers(20'000));
  is_as_one_machine({"--tag", "arith:square"}, numbers(50'000));
  is_as_one_machine({"--fill", "-", faulty() + ":throw_on_three"}, same_items(2000, "3"));
  is_as_one_machine({"arith:square"}, "");
}

TEST_CASE("ranks of an mpirun are the nodes of one run") {
  if (!has_mpi()) return;
  const TestFolder folder;
  const std::string items = folder.file("items", numbers(20'000));
  const Launch launch =
      launch_of_ranks({"--input", items, "--output", folder.file("out"), "arith:square"});
  ChildProcess run(launch);
  const Ended ended = run.finish();
  INFO(ended.errors);
  CHECK(ended.status == 0);
  CHECK(folder.read("out") == squares(20'000));
}

TEST_CASE("a late plugin is stale on all nodes, and a refork cures it on all") {
  if (!has_mpi()) return;
  const NodeWords words = {"-p", "arith", "--late-plugin", "powers", "cube"};
  const Ended stale = run_over_nodes({1}, words, numbers(200));
  CHECK(stale.status == 1);
  CHECK(stale.output == "");
  CHECK(count_of(stale.errors, "StaleRegistry") > 0);
  NodeWords cured = words;
  cured.insert(cured.begin(), {"--on-stale", "refork"});
  const Ended ended = run_over_nodes({1}, cured, numbers(3));
  INFO(ended.errors);
  CHECK(ended.status == 0);
  CHECK(ended.output == "1\n8\n27\n");
}

TEST_CASE("a node whose plugin differs is named, and nothing is run") {
  if (!has_mpi()) return;
  const TestFolder folder;
  std::filesystem::copy_file(std::string(FORKMAP_PLUGIN_DIR) + "/arith.so", folder.file("p.so"));
  std::filesystem::copy_file(std::string(FORKMAP_PLUGIN_DIR) + "/arith.so", folder.file("q.so"));
  const auto run = [&](NodeWords words) {
    words.emplace_back("./p.so:square");
    for (const char* const item : {"1", "2", "3"}) words.emplace_back(item);
    const Launch launch =
        node_launch_after("printf x >> q.so; mv q.so p.so", folder, {1, 1}, std::move(words));
    return ChildProcess(launch).finish();
  };
  const Ended refused = run({});
  INFO(refused.errors);
  CHECK(refused.status == 2);
  CHECK(refused.output == "");
  CHECK(contains(refused.errors, "node localhost#2: code of arith: "));
  CHECK(contains(refused.errors, "node localhost#3: code of arith: "));
  CHECK(contains(refused.errors,
                 "2 of 2 nodes would run other code; nothing was run. Copy the "
                 "files there, or send them (--ship-plugins)"));

  std::filesystem::copy_file(std::string(FORKMAP_PLUGIN_DIR) + "/arith.so", folder.file("p.so"),
                             std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy_file(std::string(FORKMAP_PLUGIN_DIR) + "/arith.so", folder.file("q.so"));
  const Ended left_out = run({"--leave-out-stale"});
  INFO(left_out.errors);
  CHECK(left_out.status == 0);
  CHECK(left_out.output == "1\n4\n9\n");
  CHECK(contains(left_out.errors, "2 of 2 nodes were left out"));
}

TEST_CASE("a node that lacks the plugin is named") {
  if (!has_mpi()) return;
  const TestFolder folder;
  std::filesystem::copy_file(std::string(FORKMAP_PLUGIN_DIR) + "/arith.so", folder.file("p.so"));
  const Launch launch = node_launch_after("rm p.so", folder, {1}, {"./p.so:square", "1"});
  const Ended ended = ChildProcess(launch).finish();
  INFO(ended.errors);
  CHECK(ended.status == 2);
  CHECK(contains(ended.errors, "node localhost#2: cannot load plugin "));
  CHECK(contains(ended.errors, "or send them (--ship-plugins)"));
}

TEST_CASE("machines that cannot be reached are told as mpirun tells it") {
  if (!has_mpi()) return;
  Launch launch = node_launch({}, {"arith:square", "1"});
  launch.command =
      launch_of({"run", "--nodes", "no-such-machine.invalid", "arith:square", "1"}).command;
  const Ended ended = ChildProcess(launch).finish();
  CHECK(ended.status == 2);
  CHECK(ended.output == "");
  CHECK(contains(ended.errors, "the other machines did not come up"));
  CHECK(contains(ended.errors, "nothing was run"));
}

TEST_CASE("without mpirun the remedy is told") {
  Launch launch = node_launch({1}, {"arith:square", "1"});
  if (!has_mpi()) return;
  launch.environment["PATH"] = "/nowhere";
  const Ended ended = ChildProcess(launch).finish();
  CHECK(ended.status == 2);
  CHECK(contains(ended.errors, "cannot run mpirun"));
  CHECK(contains(ended.errors, "openmpi-bin"));
}

TEST_CASE("without a courier the remedy is told") {
  Launch launch = node_launch({1}, {"--courier", "/nowhere/courier", "arith:square", "1"});
  const Ended ended = ChildProcess(launch).finish();
  CHECK(ended.status == 2);
  CHECK(contains(ended.errors, "--courier: /nowhere/courier is no program that can be run"));
}

TEST_CASE("an agent is started by mpirun only") {
  const Ended ended = run_forkmap({"agent", "0", "arith:square"});
  CHECK(ended.status == 2);
  CHECK(contains(ended.errors, "forkmap agent is started by mpirun"));
}

TEST_CASE("this machine alone needs no other") {
  const Ended ended = run_over_nodes({}, {"arith:square", "3"});
  CHECK(ended.output == "9\n");
  CHECK(ended.errors == "");
}

TEST_CASE("ranks end with one that cannot begin") {
  if (!has_mpi()) return;
  const Launch launch = launch_of_ranks({"--input", "/nowhere/at", "arith:square"});
  const Ended ended = ChildProcess(launch).finish();
  CHECK(contains(ended.errors, "/nowhere/at"));
  CHECK(ended.output == "");
}

TEST_CASE("a few long items are shared by all nodes") {
  if (!has_mpi()) return;
  const Ended ended =
      run_over_nodes({1, 1}, {"--joblog", "/dev/stderr", "--chunk", "1", faulty() + ":sleep_ms"},
                     same_items(9, "300"));
  INFO(ended.errors);
  CHECK(ended.output == same_items(9, "300"));
  CHECK(contains(ended.errors, "localhost#2"));
  CHECK(contains(ended.errors, "localhost#3"));
}

TEST_CASE("what functions print on other nodes is not lost") {
  if (!has_mpi()) return;
  for (const char* const where : {"inherit", "stderr", "tag"}) {
    CAPTURE(where);
    const Ended ended =
        run_over_nodes({1, 1}, {"--worker-output", where, "arith:square_verbose"}, numbers(600));
    CHECK(ended.output == squares(600));
    CHECK(count_of(ended.errors, "calculating square of") == 600);
  }
}
