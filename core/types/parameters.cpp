// SPDX-License-Identifier: Apache-2.0
#include "core/types/parameters.hpp"

#include <utility>

namespace forkmap::types {

// Relaxed throughout: a mark says that somebody has asked and nothing else; no memory is read
// because of it.

Parameters::Parameters(const Values& values)
    : Parameters(values, {std::shared_ptr<AskedMark[]>(new AskedMark[values.size()]()),
                          values.empty() ? nullptr : std::make_shared<AskedNames>()}) {}

Parameters::Parameters(const Values& values, AskedMemory memory) : memory_(std::move(memory)) {
  AskedMark* mark = memory_.marks.get();
  for (const auto& [name, value] : values) given_.emplace(name, Given{value, mark++});
}

const std::string* Parameters::ask(std::string_view name) const noexcept {
  const auto found = given_.find(name);
  if (found == given_.end()) {
    if (memory_.not_given) memory_.not_given->note(name);
    return nullptr;
  }
  AskedMark& mark = *found->second.mark;
  // Looked at before: a store an item would take the cache line away from all other workers.
  if (mark.load(std::memory_order_relaxed) == 0) mark.store(1, std::memory_order_relaxed);
  return &found->second.value;
}

std::vector<std::string> Parameters::never_asked() const {
  std::vector<std::string> names;
  for (const auto& [name, given] : given_) {
    if (given.mark->load(std::memory_order_relaxed) == 0) names.push_back(name);
  }
  return names;
}

std::vector<std::string> Parameters::not_given() const {
  return memory_.not_given ? memory_.not_given->all() : std::vector<std::string>();
}

}  // namespace forkmap::types
