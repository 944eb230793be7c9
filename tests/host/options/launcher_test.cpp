// SPDX-License-Identifier: Apache-2.0
// What the variables of Slurm, Open MPI and PMI say, without any of them.

#include "host/options/launcher.hpp"

#include "host/cli/usage_error.hpp"
#include "tests/catch.hpp"
#include "tests/host/options/made_up_variables.hpp"

using namespace forkmap::host;

namespace {

using Index = std::optional<std::uint64_t>;

Index index_in(int id, int lowest, int highest, int count, int step) {
  return array_element(made_up(array_variables(id, lowest, highest, count, step)))->index();
}

}  // namespace

TEST_CASE("an element of an array knows which of its elements it is") {
  CHECK(index_in(1, 1, 100, 100, 1) == Index(0));
  CHECK(index_in(100, 1, 100, 100, 1) == Index(99));
  CHECK(index_in(0, 0, 3, 4, 1) == Index(0));
  CHECK(index_in(7, 3, 9, 4, 2) == Index(2));
  CHECK(index_in(5, 5, 5, 1, 1) == Index(0));
}

TEST_CASE("in an array with gaps the number of an element does not tell which one it is") {
  CHECK_FALSE(index_in(5, 1, 7, 3, 1));
  CHECK_FALSE(index_in(4, 3, 9, 4, 2));
  CHECK_FALSE(index_in(1, 1, 4, 4, 0));
  CHECK_FALSE(index_in(9, 1, 4, 4, 1));
}

TEST_CASE("variables of an array that are no numbers are refused, and no array is none") {
  CHECK_FALSE(array_element(made_up({})));
  auto variables = array_variables(1, 1, 2, 2, 1);
  variables["SLURM_ARRAY_TASK_COUNT"] = "two";
  CHECK_THROWS_AS(array_element(made_up(variables)), UsageError);
  variables.erase("SLURM_ARRAY_TASK_COUNT");
  CHECK_THROWS_AS(array_element(made_up(variables)), UsageError);
}

TEST_CASE("each launcher tells rank and count") {
  const auto slurm = started_task(made_up({{"SLURM_PROCID", "2"}, {"SLURM_STEP_NUM_TASKS", "4"}}));
  REQUIRE(slurm);
  CHECK(slurm->launcher == "srun");
  CHECK(slurm->rank == 2);
  CHECK(slurm->count == 4);
  const auto older =
      started_task(made_up({{"SLURM_PROCID", "1"}, {"SLURM_STEP_ID", "0"}, {"SLURM_NTASKS", "3"}}));
  REQUIRE(older);
  CHECK(older->count == 3);
  const auto open_mpi =
      started_task(made_up({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "2"}}));
  REQUIRE(open_mpi);
  CHECK(open_mpi->launcher == "mpirun");
  CHECK(open_mpi->count == 2);
  const auto pmi = started_task(made_up({{"PMI_RANK", "5"}, {"PMI_SIZE", "6"}}));
  REQUIRE(pmi);
  CHECK(pmi->rank == 5);
}

TEST_CASE("an mpirun inside of a step counts, and not the step") {
  const auto task = started_task(made_up({{"SLURM_PROCID", "1"},
                                          {"SLURM_STEP_NUM_TASKS", "2"},
                                          {"OMPI_COMM_WORLD_RANK", "6"},
                                          {"OMPI_COMM_WORLD_SIZE", "8"}}));
  REQUIRE(task);
  CHECK(task->rank == 6);
  CHECK(task->count == 8);
}

TEST_CASE("the tasks of an allocation are no tasks of a step") {
  CHECK_FALSE(started_task(made_up({})));
  CHECK_FALSE(started_task(made_up({{"SLURM_NTASKS", "4"}})));
  CHECK_FALSE(started_task(made_up({{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}})));
  const auto one = started_task(
      made_up({{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "1"}}));
  REQUIRE(one);
  CHECK(one->count == 1);
}

TEST_CASE("a rank without a count, or beyond it, is none") {
  CHECK_FALSE(started_task(made_up({{"PMI_RANK", "0"}})));
  CHECK_FALSE(started_task(made_up({{"PMI_RANK", "2"}, {"PMI_SIZE", "2"}})));
  CHECK_FALSE(started_task(made_up({{"PMI_RANK", "x"}, {"PMI_SIZE", "2"}})));
}
