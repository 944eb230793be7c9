// SPDX-License-Identifier: Apache-2.0
#include "host/run/copies.hpp"

#include <array>
#include <string>
#include <string_view>

#include "host/cli/usage_error.hpp"

namespace forkmap::host {

namespace {

using Origin = ShardChoice::Origin;

constexpr const char* kOwnRuns = "; FORKMAP_NODES=none says that each copy is a run of its own";

bool are_own_runs(const Variables& variables) {
  const char* const value = variables("FORKMAP_NODES");
  if (value == nullptr || *value == '\0') return false;
  if (std::string_view(value) == "none") return true;
  throw UsageError("FORKMAP_NODES is \"" + std::string(value) + "\", and must be none or not set");
}

// "--output FILE" of the first option that names a file; empty if none does.
std::string written_file(const RunOptions& options) {
  struct Named {
    const char* option;
    const std::string& name;
  };
  const std::array<Named, 6> files = {{{"--output", options.journal.output},
                                       {"--failures", options.failures},
                                       {"--joblog", options.journal.job_log},
                                       {"--report", options.seeing.report},
                                       {"--trace", options.seeing.trace},
                                       {"--stats", options.seeing.stats}}};
  for (const auto& [option, name] : files) {
    if (!name.empty() && !name.starts_with("/dev/")) return std::string(option) + " " + name;
  }
  return {};
}

}  // namespace

bool is_agent_of_ranks(const RunOptions& options, const Variables& variables) {
  const auto task = started_task(variables);
  const bool starts_mpirun = options.nodes.source == NodeOptions::Source::list ||
                             options.nodes.source == NodeOptions::Source::slurm;
  if (starts_mpirun && variables("OMPI_COMM_WORLD_RANK") != nullptr) {
    throw UsageError(
        "--nodes starts an mpirun, which cannot be done inside of one: give --nodes mpi, which "
        "takes its ranks, or leave the outer mpirun out");
  }
  if (options.nodes.source != NodeOptions::Source::mpi) return false;
  if (!task) {
    throw UsageError(
        "--nodes mpi: this process is no rank of mpirun; start it as mpirun -n 4 --bind-to none "
        "--enable-recovery forkmap run --nodes mpi ..., or name the machines: --nodes n1,n2");
  }
  if (options.sharding.origin == Origin::tasks) {
    throw UsageError("--nodes mpi makes one run of the ranks, and --shard auto one of each");
  }
  const char* const here = variables("OMPI_COMM_WORLD_LOCAL_SIZE");
  if (here != nullptr && std::string_view(here) != "1" && options.workers == 0) {
    throw UsageError("--nodes mpi: " + std::string(here) +
                     " ranks are on this machine, and each would use all its cores; give the "
                     "workers of each with -j");
  }
  return task->rank > 0;
}

void check_copies(const RunOptions& options, const Variables& variables, Diagnostics& diagnostics) {
  if (options.nodes.are_wanted()) return;
  const bool is_own = options.nodes.source == NodeOptions::Source::own || are_own_runs(variables);
  const auto task = started_task(variables);
  const Origin origin = options.sharding.origin;
  if (is_own || !task || task->count == 1) return;
  // Who names a shard, or has it from the rank, gives each copy its own part.
  if (origin == Origin::given || origin == Origin::tasks) return;
  const bool has_array_shard = origin == Origin::array;
  const std::string started = std::to_string(task->count) + " copies of this run were started (" +
                              task->launcher + "), and all of them would ";
  const std::string cure =
      has_array_shard
          ? std::string(
                ": the array gives all of them the same shard; start one task in each of "
                "its elements")
          : ": --shard auto makes them " + std::to_string(task->count) +
                " shards (with {shard} in the names of files that they write)";
  if (const std::string file = written_file(options); !file.empty()) {
    throw UsageError(started + "write " + file + cure + kOwnRuns);
  }
  if (options.journal.output.empty() && task->rank == 0) {
    diagnostics.say(started + "write all results to standard output" + cure + kOwnRuns);
  }
}

}  // namespace forkmap::host
