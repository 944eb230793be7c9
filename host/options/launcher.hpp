// SPDX-License-Identifier: Apache-2.0
//
// What launchers (Slurm, mpirun) tell a process of those that were started with it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace forkmap::host {

// The value of a variable of the environment; null if it is not set.
using Variables = std::function<const char*(const char* name)>;
[[nodiscard]] const char* environment_variable(const char* name);

// This process is one element of an array of jobs.
struct ArrayElement {
  std::uint64_t id = 0;
  std::uint64_t lowest = 0;
  std::uint64_t highest = 0;
  std::uint64_t count = 0;
  std::uint64_t step = 0;

  // Which of them it is, from 0; nothing if the array has gaps, so that its number does not tell.
  [[nodiscard]] std::optional<std::uint64_t> index() const noexcept;
};
// Throws UsageError where Slurm's variables are there and are no numbers.
[[nodiscard]] std::optional<ArrayElement> array_element(const Variables& variables);

// This process is one of several that one launcher has started with the same command line.
struct StartedTask {
  std::string launcher;  // "mpirun", "srun"
  std::uint64_t rank = 0;
  std::uint64_t count = 0;
};
// Asks the innermost launcher: an mpirun inside of a job of Slurm counts, and not the job. The
// tasks of an allocation (salloc, sbatch) are none before srun has started them.
[[nodiscard]] std::optional<StartedTask> started_task(const Variables& variables);

}  // namespace forkmap::host
