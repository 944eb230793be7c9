// SPDX-License-Identifier: Apache-2.0
#include "host/options/launcher.hpp"

#include <charconv>
#include <cstdlib>
#include <string_view>

#include "host/cli/usage_error.hpp"

namespace forkmap::host {

namespace {

std::optional<std::uint64_t> number_in(const Variables& variables, const char* name) {
  const char* const value = variables(name);
  if (value == nullptr) return std::nullopt;
  const std::string_view text = value;
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

std::uint64_t needed_number(const Variables& variables, const char* name) {
  if (const auto number = number_in(variables, name)) return *number;
  throw UsageError("--shard auto: SLURM_ARRAY_TASK_ID is set, and " + std::string(name) +
                   " is no whole number; give the shard as K/N");
}

// A rank and how many there are; nothing if they do not go together.
std::optional<StartedTask> task_of(const char* launcher, std::optional<std::uint64_t> rank,
                                   std::optional<std::uint64_t> count) {
  if (!rank || !count || *rank >= *count) return std::nullopt;
  return StartedTask{launcher, *rank, *count};
}

}  // namespace

// Before any thread is there. NOLINTNEXTLINE(concurrency-mt-unsafe)
const char* environment_variable(const char* name) { return std::getenv(name); }

std::optional<std::uint64_t> ArrayElement::index() const noexcept {
  if (step == 0 || id < lowest || highest < id) return std::nullopt;
  if ((highest - lowest) / step + 1 != count || (id - lowest) % step != 0) return std::nullopt;
  return (id - lowest) / step;
}

std::optional<ArrayElement> array_element(const Variables& variables) {
  if (variables("SLURM_ARRAY_TASK_ID") == nullptr) return std::nullopt;
  return ArrayElement{.id = needed_number(variables, "SLURM_ARRAY_TASK_ID"),
                      .lowest = needed_number(variables, "SLURM_ARRAY_TASK_MIN"),
                      .highest = needed_number(variables, "SLURM_ARRAY_TASK_MAX"),
                      .count = needed_number(variables, "SLURM_ARRAY_TASK_COUNT"),
                      .step = needed_number(variables, "SLURM_ARRAY_TASK_STEP")};
}

std::optional<StartedTask> started_task(const Variables& variables) {
  const auto number = [&variables](const char* name) { return number_in(variables, name); };
  if (auto task = task_of("mpirun", number("OMPI_COMM_WORLD_RANK"), number("OMPI_COMM_WORLD_SIZE")))
    return task;
  if (auto task = task_of("mpirun", number("PMI_RANK"), number("PMI_SIZE"))) return task;
  // Shells of salloc and scripts of sbatch have SLURM_PROCID and SLURM_NTASKS, too, and no step.
  std::optional<std::uint64_t> count = number("SLURM_STEP_NUM_TASKS");
  if (!count && variables("SLURM_STEP_ID") != nullptr) count = number("SLURM_NTASKS");
  return task_of("srun", number("SLURM_PROCID"), count);
}

}  // namespace forkmap::host
