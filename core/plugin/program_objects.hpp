// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "core/plugin/linked_object.hpp"

namespace forkmap::plugin {

// Which of all loaded objects (the program first) need which others, by the names that they say.
class ObjectNeeds {
 public:
  explicit ObjectNeeds(std::span<const LinkedObject> objects);

  // Of the program itself: what it needs, directly or not, and what was preloaded, with its needs.
  [[nodiscard]] bool is_of_program(std::size_t object) const { return of_program_[object]; }
  // By LD_PRELOAD or /etc/ld.so.preload: such a library is there to take the place of others.
  [[nodiscard]] bool is_preloaded(std::size_t object) const { return preloaded_[object]; }
  // It, and what it needs, directly or not.
  [[nodiscard]] std::vector<bool> closure_of(std::size_t object) const;
  // The first plugin that needs it, directly or not, or is it; null if none does.
  [[nodiscard]] const LinkedObject* plugin_with(std::size_t object) const;

 private:
  std::span<const LinkedObject> objects_;
  std::vector<std::string_view> names_;
  std::vector<std::vector<std::string_view>> needed_;
  std::vector<bool> is_plugin_;
  std::vector<bool> preloaded_;
  std::vector<bool> of_program_;

  void mark_preloaded();
  // Marks what one needs, and itself.
  void mark_needs(std::size_t from, std::vector<bool>& marks) const;
};

}  // namespace forkmap::plugin
