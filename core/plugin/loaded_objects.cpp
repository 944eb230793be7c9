// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/loaded_objects.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "core/plugin/elf_file.hpp"

namespace forkmap::plugin {

namespace {

constexpr const char* kProgram = "/proc/self/exe";

// Any address of forkmap's own code.
std::uint64_t own_address() noexcept {
  return reinterpret_cast<std::uintptr_t>(&build_id_in_notes);
}

// Of the file as it is on disk; empty if it cannot be told.
std::string build_id_now(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  return read_build_id(file.get(), static_cast<std::uint64_t>(status.st_size)).value_or("");
}

}  // namespace

LoadedObjects::LoadedObjects(const RegistryTable& table) {
  for (LinkedObject& linked : linked_objects()) {
    Object object{.linked = std::move(linked)};
    object.build_id = object.linked.build_id().value_or("");
    object.is_forkmap = object.linked.holds(own_address());
    const auto plugin = std::ranges::find_if(table.plugins(), [&](const PluginEntry& entry) {
      return entry.base_address == object.linked.base();
    });
    object.is_plugin = plugin != table.plugins().end();
    object.path = object.is_plugin ? plugin->path : object.linked.path();
    object.file = object.is_plugin               ? plugin->image
                  : object.linked.name().empty() ? kProgram
                                                 : object.linked.name();
    objects_.push_back(std::move(object));
  }
}

const SymbolTable& LoadedObjects::symbols_of(const Object& object) {
  if (object.has_symbols) return object.symbols;
  object.has_symbols = true;
  // A file that has been replaced since tells of other code. What the kernel's links lead to cannot
  // have been.
  if (object.file.starts_with("/proc/self/") || build_id_now(object.file) == object.build_id) {
    object.symbols = SymbolTable(object.file);
  }
  return object.symbols;
}

CodePlace LoadedObjects::find(std::uint64_t address, bool is_return) const {
  const std::uint64_t wanted = address - (is_return ? 1 : 0);
  CodePlace place;
  place.in_file = address;
  const auto object = std::ranges::find_if(
      objects_, [wanted](const Object& each) { return each.linked.holds(wanted); });
  if (object == objects_.end()) return place;
  place.object = object->path;
  place.build_id = object->build_id;
  place.is_plugin = object->is_plugin;
  place.is_forkmap = object->is_forkmap;
  place.in_file = address - object->linked.base();
  if (auto symbol = symbols_of(*object).find(wanted - object->linked.base())) {
    place.function = names_.of(symbol->function);
    place.in_function = symbol->offset + (address - wanted);
  }
  return place;
}

}  // namespace forkmap::plugin
