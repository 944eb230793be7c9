// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/binding.hpp"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string_view>

#include "core/plugin/image_name.hpp"
#include "core/plugin/needed_libraries.hpp"
#include "core/plugin/taken_symbols.hpp"

namespace forkmap::plugin {

namespace {

constexpr int kGlobal = RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE;

link_map* link_map_of(void* handle) noexcept {
  link_map* map = nullptr;
  return ::dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&map)) == 0 ? map : nullptr;
}

std::string last_fault() {
  const char* const text = ::dlerror();
  return text == nullptr ? "unknown reason" : text;
}

// All objects of now: those that were there before come first.
std::vector<LinkedObject> objects_since(std::vector<LinkedObject> before) {
  const std::size_t first_fresh = before.size();
  for (LinkedObject& object : linked_objects()) {
    const auto end = before.begin() + static_cast<std::ptrdiff_t>(first_fresh);
    const bool was_there = std::any_of(before.begin(), end, [&](const LinkedObject& old) {
      return old.base() == object.base() && old.dynamic() == object.dynamic();
    });
    if (!was_there) before.push_back(std::move(object));
  }
  return before;
}

std::string with_origin(std::string folder, const std::string& plugin) {
  const std::string origin = plugin.substr(0, plugin.rfind('/'));
  for (const std::string_view token : {"${ORIGIN}", "$ORIGIN"}) {
    for (auto at = folder.find(token); at != std::string::npos; at = folder.find(token)) {
      folder.replace(at, token.size(), origin);
    }
  }
  return folder;
}

}  // namespace

Binding::Binding(const OpenedPlugin& plugin) : plugin_(plugin), before_(linked_objects()) {
  for (const std::string& name : plugin.global) load_global(name);
  for (const std::string& name : plugin.facts.global_libraries) load_global(name);
}

void Binding::load_global(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (::dlopen(name.c_str(), kGlobal) == nullptr) failed_.push_back(last_fault());
    return;
  }
  for (const std::string& paths : plugin_.facts.run_paths) {
    for (std::string_view rest = paths; !rest.empty();) {
      const auto colon = rest.find(':');
      const std::string file =
          with_origin(std::string(rest.substr(0, colon)), plugin_.path) + "/" + name;
      rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
      if (::access(file.c_str(), R_OK) != 0) continue;
      // A file of the wrong kind is passed over, as the dynamic loader does.
      if (::dlopen(file.c_str(), kGlobal) != nullptr) return;
      (void)::dlerror();
    }
  }
}

void Binding::make_global() const {
  if (!failed_.empty()) {
    throw std::invalid_argument("a library that is to be global cannot be loaded: " +
                                failed_.front());
  }
  for (const std::string& name : plugin_.global) {
    // Another plugin may bring it.
    if (::dlopen(name.c_str(), kGlobal | RTLD_NOLOAD) == nullptr) (void)::dlerror();
  }
  for (const std::string& name : plugin_.facts.global_libraries) {
    if (::dlopen(name.c_str(), kGlobal | RTLD_NOLOAD) != nullptr) continue;
    (void)::dlerror();
    throw std::invalid_argument("it says that " + name +
                                " is to be global, and does not need a library of that name");
  }
}

std::vector<std::string> Binding::settle(void* handle) const {
  link_map* const map = link_map_of(handle);
  if (map != nullptr && !plugin_.in_place) name_image(*map, plugin_.path);
  make_global();

  const std::size_t first_fresh = before_.size();
  const std::vector<LinkedObject> objects = objects_since(before_);
  std::vector<std::string> told;
  for (const OtherLibrary& other : other_libraries(objects, first_fresh)) {
    std::string text = other_library_text(other);
    if (other.was_there && plugin_.bind != Bind::any) throw std::invalid_argument(text);
    told.push_back(std::move(text));
  }
  const std::vector<TakenSymbol> taken = taken_symbols(handle, objects, first_fresh);
  if (taken.empty()) return told;
  if (plugin_.bind == Bind::check) throw std::invalid_argument(taken_text(taken));
  if (plugin_.bind == Bind::own) give_back(taken, objects);
  if (plugin_.bind == Bind::any) told.push_back(taken_text(taken));
  return told;
}

std::uint64_t base_address_of(void* handle) {
  const link_map* const map = link_map_of(handle);
  return map == nullptr ? 0 : map->l_addr;
}

}  // namespace forkmap::plugin
