// SPDX-License-Identifier: Apache-2.0
#include "core/pool/vector_calls.hpp"

namespace forkmap::pool {

namespace {
constexpr int kVectorCrashLimit = 3;
}  // namespace

bool VectorCalls::are_item_by_item(const Portion& portion) const {
  const plugin::FunctionEntry& function = portion.map->function();
  if (!function.vectorized) return false;
  if (portion.item_by_item || ledger_.runs_once(*portion.map)) return true;
  const auto crashes = crashes_.find(function.number);
  return crashes != crashes_.end() && crashes->second >= kVectorCrashLimit;
}

void VectorCalls::note_crash(const plugin::FunctionEntry& function, const std::string& how) {
  const int crashes = ++crashes_[function.number];
  if (crashes != kVectorCrashLimit) return;
  settings_.notice("workers died in " + std::to_string(crashes) +
                   " calls of the vectorized function " + function.full_name + " (the last: " +
                   how + "); it is called for each item alone from now on, which is slower");
}

}  // namespace forkmap::pool
