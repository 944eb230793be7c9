// SPDX-License-Identifier: Apache-2.0
#include "core/types/asked_names.hpp"

#include <algorithm>
#include <cstring>

namespace forkmap::types {

void AskedNames::note(std::string_view name) noexcept {
  if (name.empty() || name.size() > kNameBytes) return;
  for (Slot& slot : slots_) {
    std::uint32_t state = slot.state.load(std::memory_order_acquire);  // SYNC: asked-name
    // Acquire also where somebody else was quicker: it may have been written by now.
    if (state == kFree &&
        slot.state.compare_exchange_strong(state, kBeingWritten, std::memory_order_acquire)) {
      std::memcpy(slot.name.data(), name.data(), name.size());
      slot.state.store(static_cast<std::uint32_t>(name.size()),
                       std::memory_order_release);  // SYNC: asked-name
      return;
    }
    if (state == name.size() && std::memcmp(slot.name.data(), name.data(), name.size()) == 0) {
      return;
    }
  }
}

std::vector<std::string> AskedNames::all() const {
  std::vector<std::string> names;
  for (const Slot& slot : slots_) {
    const std::uint32_t state = slot.state.load(std::memory_order_acquire);  // SYNC: asked-name
    if (state == kFree) break;
    if (state <= kNameBytes) names.emplace_back(slot.name.data(), state);
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

}  // namespace forkmap::types
