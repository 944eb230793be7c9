// SPDX-License-Identifier: Apache-2.0
// Shards that a launcher chooses, names of files with their numbers, and copies of a run that
// nobody has asked for. The variables are set here; no launcher is needed.

#include <filesystem>

#include "tests/catch.hpp"
#include "tests/command/item_lines.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
using Words = std::vector<std::string>;
using Environment = std::map<std::string, std::string>;

namespace {

const Environment kTaskOfFour = {{"SLURM_PROCID", "2"},
                                 {"SLURM_NTASKS", "4"},
                                 {"SLURM_STEP_ID", "0"},
                                 {"SLURM_STEP_NUM_TASKS", "4"}};
const Environment kElement = {{"SLURM_ARRAY_TASK_ID", "5"},
                              {"SLURM_ARRAY_TASK_MIN", "3"},
                              {"SLURM_ARRAY_TASK_MAX", "9"},
                              {"SLURM_ARRAY_TASK_COUNT", "4"},
                              {"SLURM_ARRAY_TASK_STEP", "2"}};

Ended run_in(Environment environment, const TestFolder& folder, Words words) {
  Launch launch;
  launch.environment = std::move(environment);
  launch.folder = folder.path();
  words.insert(words.begin(), "run");
  return run_forkmap(std::move(words), numbers(10), launch);
}

void refuses_in(const Environment& environment, const Words& words, const std::string& text) {
  const TestFolder folder;
  const Ended ended = run_in(environment, folder, words);
  INFO(ended.errors);
  CHECK(ended.status == 2);
  CHECK(ended.output == "");
  CHECK(contains(ended.errors, text));
  CHECK(std::filesystem::is_empty(folder.path()));
}

}  // namespace

TEST_CASE("each launcher's variables give a run its shard") {
  const TestFolder folder;
  const auto items = [&](const Environment& environment) {
    const Ended ended = run_in(environment, folder, {"--shard", "auto", "arith:square"});
    INFO(ended.errors);
    CHECK(ended.errors == "");
    return ended.output;
  };
  CHECK(items(kElement) == "4\n36\n100\n");
  CHECK(items(kTaskOfFour) == "9\n49\n");
  CHECK(items({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "5"}}) == "1\n36\n");
  CHECK(items({{"PMI_RANK", "4"}, {"PMI_SIZE", "5"}}) == "25\n100\n");
}

TEST_CASE("a shard that nobody can tell is refused") {
  const Words words = {"--shard", "auto", "arith:square"};
  refuses_in({}, words, "nothing says which shard this is");
  Environment gaps = kElement;
  gaps["SLURM_ARRAY_TASK_COUNT"] = "3";
  refuses_in(gaps, words, "the array has gaps");
  refuses_in({{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}}, words, "start the run with srun");
}

TEST_CASE("the number of the shard stands in the names of all files") {
  const TestFolder folder;
  const Ended ended =
      run_in({}, folder,
             {"--shard", "2/12", "--output", "part.{shard}", "--failures", "f{shard}", "--joblog",
              "j{shard}", "--report", "r{shard}", "--stats", "s{shard}", "--trace", "t{shard}",
              "--crash-dir", "c{shard}", "arith:square"});
  INFO(ended.errors);
  CHECK(ended.status == 0);
  CHECK(folder.read("part.02") == "4\n");
  for (const char* name : {"part.02.journal", "f02", "j02", "r02", "s02", "t02", "c02"}) {
    INFO(name);
    CHECK(std::filesystem::exists(folder.file(name)));
  }
}

TEST_CASE("the mark of a shard without a shard is refused for each option") {
  for (const char* option :
       {"--output", "--failures", "--joblog", "--report", "--stats", "--trace", "--crash-dir"}) {
    INFO(option);
    refuses_in({}, {option, "x{shard}", "arith:square"},
               std::string(option) + ": {shard} in x{shard}");
  }
}

TEST_CASE("shards that a launcher has chosen do not write one file") {
  refuses_in(kElement, {"--shard", "auto", "--output", "out", "arith:square"},
             "--output: all 4 shards of --shard auto would write out");
  const TestFolder folder;
  const Ended ended = run_in(
      kElement, folder, {"--shard", "auto", "--output", "out.{shard}", "--resume", "arith:square"});
  CHECK(ended.status == 0);
  CHECK(folder.read("out.2") == "4\n36\n100\n");
}

TEST_CASE("copies of a run that would write one file are refused") {
  const std::string text = "4 copies of this run were started (srun), and all of them would write ";
  refuses_in(kTaskOfFour, {"--output", "out", "arith:square"}, text + "--output out");
  refuses_in(kTaskOfFour, {"--joblog", "log", "arith:square"}, text + "--joblog log");
  refuses_in({{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}},
             {"--output", "out", "arith:square"}, "2 copies of this run were started (mpirun)");
  Environment both = kTaskOfFour;
  both.insert(kElement.begin(), kElement.end());
  refuses_in(both, {"--shard", "auto", "--output", "out.{shard}", "arith:square"},
             "the array gives all of them the same shard");
  Environment wrong = kTaskOfFour;
  wrong["FORKMAP_NODES"] = "nine";
  refuses_in(wrong, {"--output", "out", "arith:square"}, "FORKMAP_NODES is \"nine\"");
}

TEST_CASE("of results that copies mix on one standard output the first copy tells") {
  const TestFolder folder;
  Environment environment = kTaskOfFour;
  const Ended third = run_in(environment, folder, {"arith:square"});
  CHECK(third.errors == "");
  CHECK(third.output == squares(10));
  environment["SLURM_PROCID"] = "0";
  const Ended first = run_in(environment, folder, {"arith:square"});
  CHECK(first.status == 0);
  CHECK(first.output == squares(10));
  CHECK(count_of(first.errors, "4 copies of this run were started") == 1);
  CHECK(contains(first.errors, "--shard auto"));
}

TEST_CASE("copies that are meant are let alone") {
  const TestFolder folder;
  Environment environment = kTaskOfFour;
  environment["SLURM_PROCID"] = "0";
  environment["FORKMAP_NODES"] = "none";
  const Ended own = run_in(environment, folder, {"--output", "out", "arith:square"});
  CHECK(own.errors == "");
  CHECK(folder.read("out") == squares(10));
  environment.erase("FORKMAP_NODES");
  const Ended given =
      run_in(environment, folder, {"--shard", "1/4", "--output", "part", "arith:square"});
  CHECK(given.errors == "");
  CHECK(folder.read("part") == "1\n25\n81\n");
}

TEST_CASE("a shell of an allocation, and a step of one task, are no copies") {
  const TestFolder folder;
  for (const Environment& environment :
       {Environment{{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}, {"SLURM_JOB_ID", "7"}},
        Environment{{"SLURM_NTASKS", "4"},
                    {"SLURM_PROCID", "0"},
                    {"SLURM_STEP_ID", "0"},
                    {"SLURM_STEP_NUM_TASKS", "1"}}}) {
    const Ended ended = run_in(environment, folder, {"--output", "out", "arith:square"});
    CHECK(ended.status == 0);
    CHECK(ended.errors == "");
  }
}
