// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/program_objects.hpp"

#include <forkmap/plugin.h>

#include <algorithm>

#include "core/base/file_name.hpp"
#include "core/plugin/object_tables.hpp"

namespace forkmap::plugin {

namespace {

std::string_view name_of(const LinkedObject& object, const ObjectTables& tables) {
  const std::string_view soname = tables.soname();
  const std::string_view path = object.name();
  return soname.empty() ? base::file_name(path) : soname;
}

}  // namespace

ObjectNeeds::ObjectNeeds(std::span<const LinkedObject> objects)
    : objects_(objects), preloaded_(objects.size()), of_program_(objects.size()) {
  for (const LinkedObject& object : objects) {
    const ObjectTables tables(object);
    names_.push_back(name_of(object, tables));
    needed_.push_back(tables.needed());
    is_plugin_.push_back(!tables.definitions(FORKMAP_ENTRY_SYMBOL).empty());
  }
  mark_preloaded();
  for (std::size_t number = 0; number < objects.size(); ++number) {
    if (number == 0 || preloaded_[number]) mark_needs(number, of_program_);
  }
}

// They are linked behind the program and before the first library that it needs. (A program that
// needs none has loaded by itself what follows.)
void ObjectNeeds::mark_preloaded() {
  std::size_t end = 1;
  while (end < objects_.size() && std::ranges::find(needed_[0], names_[end]) == needed_[0].end()) {
    ++end;
  }
  if (end >= objects_.size()) return;
  for (std::size_t number = 1; number < end; ++number) {
    // Without '/' it is the kernel's.
    preloaded_[number] = objects_[number].name().find('/') != std::string::npos;
  }
}

void ObjectNeeds::mark_needs(std::size_t from, std::vector<bool>& marks) const {
  std::vector<std::size_t> open = {from};
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (marks[at]) continue;
    marks[at] = true;
    for (const std::string_view name : needed_[at]) {
      const auto found = std::ranges::find(names_, name);
      if (found != names_.end()) open.push_back(static_cast<std::size_t>(found - names_.begin()));
    }
  }
}

std::vector<bool> ObjectNeeds::closure_of(std::size_t object) const {
  std::vector<bool> needs(objects_.size());
  mark_needs(object, needs);
  return needs;
}

const LinkedObject* ObjectNeeds::plugin_with(std::size_t object) const {
  for (std::size_t number = 1; number < objects_.size(); ++number) {
    if (is_plugin_[number] && closure_of(number)[object]) return &objects_[number];
  }
  return nullptr;
}

}  // namespace forkmap::plugin
