// SPDX-License-Identifier: Apache-2.0
#include "host/options/shard_choice.hpp"

#include <limits>
#include <string_view>

#include "host/cli/option_values.hpp"

namespace forkmap::host {

namespace {

constexpr std::string_view kMark = "{shard}";
constexpr std::uint64_t kMostShards = std::numeric_limits<std::int64_t>::max();

ShardChoice automatic_shard(const Variables& variables) {
  if (const auto element = array_element(variables)) {
    const auto index = element->index();
    if (!index) {
      throw UsageError("--shard auto: the array has gaps (" + std::to_string(element->count) +
                       " tasks from " + std::to_string(element->lowest) + " to " +
                       std::to_string(element->highest) + ", step " +
                       std::to_string(element->step) +
                       "), so SLURM_ARRAY_TASK_ID does not tell which of them this is; give the "
                       "shard as K/N");
    }
    return {ShardChoice::Origin::array, {*index + 1, element->count}};
  }
  if (const auto task = started_task(variables)) {
    return {ShardChoice::Origin::tasks, {task->rank + 1, task->count}};
  }
  const char* const tasks = variables("SLURM_NTASKS");
  if (tasks != nullptr) {
    throw UsageError("--shard auto: SLURM_NTASKS is " + std::string(tasks) +
                     ", but this is no task of a step (SLURM_STEP_ID and SLURM_PROCID): start the "
                     "run with srun, or give the shard as K/N");
  }
  throw UsageError(
      "--shard auto: nothing says which shard this is; looked for SLURM_ARRAY_TASK_ID (an array), "
      "SLURM_PROCID in a step (srun), OMPI_COMM_WORLD_RANK and PMI_RANK (mpirun). Give the shard "
      "as K/N");
}

}  // namespace

ShardChoice choose_shard(const std::string& text, const Variables& variables) {
  if (text == "auto") return automatic_shard(variables);
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) {
    throw UsageError("--shard: \"" + text + "\" is neither K/N nor auto");
  }
  Shard shard;
  shard.count = whole_number("--shard", std::string_view(text).substr(slash + 1), 1, kMostShards);
  shard.index = whole_number("--shard", std::string_view(text).substr(0, slash), 1, shard.count);
  return {ShardChoice::Origin::given, shard};
}

std::string shard_number(const Shard& shard) {
  const std::string number = std::to_string(shard.index);
  return std::string(std::to_string(shard.count).size() - number.size(), '0') + number;
}

// Whoever chose a shard by himself may have chosen a name by himself.
void require_own_name(const std::string& option, const std::string& name,
                      const ShardChoice& choice) {
  if (!choice.is_automatic() || choice.shard.count == 1) return;
  if (name.empty() || name.starts_with("/dev/") || name.find(kMark) != std::string::npos) return;
  throw UsageError(option + ": all " + std::to_string(choice.shard.count) +
                   " shards of --shard auto would write " + name +
                   "; put {shard} into the name, which is replaced by the shard's number");
}

std::string name_with_shard(const std::string& option, const std::string& name,
                            const ShardChoice& choice) {
  std::string text = name;
  std::size_t at = text.find(kMark);
  if (at != std::string::npos && choice.origin == ShardChoice::Origin::none) {
    throw UsageError(option + ": {shard} in " + name +
                     " stands for the number of a shard, and --shard was not given");
  }
  for (const std::string number = shard_number(choice.shard); at != std::string::npos;
       at = text.find(kMark, at + number.size())) {
    text.replace(at, kMark.size(), number);
  }
  return text;
}

}  // namespace forkmap::host
