// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <utility>

#include "host/options/launcher.hpp"

namespace forkmap::host {

// An environment that has these variables and no others.
[[nodiscard]] inline Variables made_up(std::map<std::string, std::string> variables) {
  return [all = std::move(variables)](const char* name) -> const char* {
    const auto found = all.find(name);
    return found == all.end() ? nullptr : found->second.c_str();
  };
}

// As Slurm sets them for --array=LOWEST-HIGHEST:STEP.
[[nodiscard]] inline std::map<std::string, std::string> array_variables(int id, int lowest,
                                                                        int highest, int count,
                                                                        int step) {
  return {{"SLURM_ARRAY_TASK_ID", std::to_string(id)},
          {"SLURM_ARRAY_TASK_MIN", std::to_string(lowest)},
          {"SLURM_ARRAY_TASK_MAX", std::to_string(highest)},
          {"SLURM_ARRAY_TASK_COUNT", std::to_string(count)},
          {"SLURM_ARRAY_TASK_STEP", std::to_string(step)}};
}

}  // namespace forkmap::host
