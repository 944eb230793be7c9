// SPDX-License-Identifier: Apache-2.0
#include "core/base/process_state.hpp"

#include "core/base/state_parts.hpp"

namespace forkmap::base {

ProcessState::ProcessState() {
  for (auto* const make :
       {&timers_part, &signals_part, &floats_part, &folder_part, &umask_part,
        &standard_descriptors_part, &limits_part, &scheduling_part, &memory_locks_part,
        &locale_part, &settings_part, &identity_part, &environment_part}) {
    parts_.push_back(make());
  }
}

StateChanges ProcessState::restore() const {
  StateChanges changes;
  for (const auto& part : parts_) part->restore(changes);
  return changes;
}

std::string changes_text(const StateChanges& changes, StateChange::Outcome outcome) {
  std::string text;
  for (const StateChange& change : changes) {
    if (change.outcome != outcome) continue;
    text += (text.empty() ? "" : ", ") + change.what;
  }
  return text;
}

}  // namespace forkmap::base
