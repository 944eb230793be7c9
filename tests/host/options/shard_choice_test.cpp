// SPDX-License-Identifier: Apache-2.0
// Which shard a run takes, and how its number gets into names, without a run.

#include "host/options/shard_choice.hpp"

#include "host/cli/usage_error.hpp"
#include "tests/catch.hpp"
#include "tests/host/options/made_up_variables.hpp"

using namespace forkmap::host;
using Origin = ShardChoice::Origin;

namespace {

std::string refusal(const std::string& text, const Variables& variables) {
  try {
    static_cast<void>(choose_shard(text, variables));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "not refused";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a shard is given by its number and their count") {
  const ShardChoice choice = choose_shard("2/4", made_up({}));
  CHECK(choice.origin == Origin::given);
  CHECK(choice.shard.index == 2);
  CHECK(choice.shard.count == 4);
  CHECK_FALSE(choice.is_automatic());
  CHECK(contains(refusal("2", made_up({})), "neither K/N nor auto"));
  CHECK(contains(refusal("5/4", made_up({})), "--shard"));
}

TEST_CASE("auto takes the element of an array, whatever its tasks are") {
  auto variables = array_variables(7, 3, 9, 4, 2);
  variables["SLURM_PROCID"] = "1";
  variables["SLURM_STEP_NUM_TASKS"] = "2";
  const ShardChoice choice = choose_shard("auto", made_up(variables));
  CHECK(choice.origin == Origin::array);
  CHECK(choice.shard.index == 3);
  CHECK(choice.shard.count == 4);
}

TEST_CASE("auto takes the rank of a task where there is no array") {
  const ShardChoice choice =
      choose_shard("auto", made_up({{"SLURM_PROCID", "3"}, {"SLURM_STEP_NUM_TASKS", "4"}}));
  CHECK(choice.origin == Origin::tasks);
  CHECK(choice.shard.index == 4);
  CHECK(choice.shard.count == 4);
}

TEST_CASE("auto refuses an array with gaps and asks for K/N") {
  const std::string text = refusal("auto", made_up(array_variables(5, 1, 7, 3, 1)));
  CHECK(contains(text, "the array has gaps (3 tasks from 1 to 7, step 1)"));
  CHECK(contains(text, "K/N"));
}

TEST_CASE("auto says what it has looked for") {
  const std::string text = refusal("auto", made_up({}));
  for (const char* name :
       {"SLURM_ARRAY_TASK_ID", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "K/N"}) {
    INFO(name);
    CHECK(contains(text, name));
  }
  const std::string allocation = refusal("auto", made_up({{"SLURM_NTASKS", "4"}}));
  CHECK(contains(allocation, "start the run with srun"));
}

TEST_CASE("the number of a shard is as wide as the count of the shards") {
  CHECK(shard_number({1, 1}) == "1");
  CHECK(shard_number({3, 9}) == "3");
  CHECK(shard_number({3, 10}) == "03");
  CHECK(shard_number({100, 100}) == "100");
  CHECK(shard_number({7, 1000}) == "0007");
}

TEST_CASE("the mark of a shard in a name is replaced wherever it stands") {
  const ShardChoice choice = {Origin::given, {3, 12}};
  CHECK(name_with_shard("--output", "part.{shard}", choice) == "part.03");
  CHECK(name_with_shard("--output", "{shard}/{shard}.txt", choice) == "03/03.txt");
  CHECK(name_with_shard("--output", "part", choice) == "part");
  CHECK(name_with_shard("--output", "", choice).empty());
  CHECK(name_with_shard("--output", "part", {}) == "part");
  CHECK_THROWS_AS(name_with_shard("--output", "part.{shard}", {}), UsageError);
}

TEST_CASE("shards that were chosen by themselves need names of their own") {
  const ShardChoice choice = {Origin::array, {3, 12}};
  CHECK_THROWS_AS(require_own_name("--output", "part", choice), UsageError);
  CHECK_NOTHROW(require_own_name("--output", "part.{shard}", choice));
  CHECK_NOTHROW(require_own_name("--output", "", choice));
  CHECK_NOTHROW(require_own_name("--joblog", "/dev/stderr", choice));
  CHECK_NOTHROW(require_own_name("--output", "part", {Origin::given, {3, 12}}));
  CHECK_NOTHROW(require_own_name("--output", "part", {Origin::tasks, {1, 1}}));
}
