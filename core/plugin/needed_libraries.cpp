// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/needed_libraries.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "core/plugin/library_search.hpp"
#include "core/plugin/object_tables.hpp"
#include "core/plugin/program_objects.hpp"

namespace forkmap::plugin {

namespace {

// A loaded object by a name that the dynamic loader knows it by; null if it knows none.
link_map* loaded_as(const std::string& name) {
  void* const handle = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL | RTLD_NOLOAD);
  if (handle == nullptr) {
    (void)::dlerror();
    return nullptr;
  }
  link_map* map = nullptr;
  if (::dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&map)) != 0) map = nullptr;
  ::dlclose(handle);  // whoever needs it keeps it
  return map;
}

std::size_t place_of(std::span<const LinkedObject> objects, const link_map& map) {
  const auto found = std::ranges::find_if(objects, [&map](const LinkedObject& object) {
    return object.dynamic() == reinterpret_cast<std::uintptr_t>(map.l_ld);
  });
  return static_cast<std::size_t>(found - objects.begin());
}

}  // namespace

std::vector<OtherLibrary> other_libraries(std::span<const LinkedObject> objects,
                                          std::size_t first_fresh) {
  std::vector<OtherLibrary> others;
  const ObjectNeeds needs(objects);
  for (const LinkedObject& user : objects.subspan(first_fresh)) {
    const LibrarySearch search(user.name());
    for (const std::string_view each : ObjectTables(user).needed()) {
      const std::string name(each);
      const link_map* const map = loaded_as(name);
      const std::size_t place = map == nullptr ? objects.size() : place_of(objects, *map);
      if (place >= objects.size() || objects[place].name().empty()) continue;
      const LinkedObject& loaded = objects[place];
      const bool was_there = place < first_fresh;
      const bool is_of_program = was_there && needs.is_of_program(place);
      if (is_of_program && (needs.is_preloaded(place) || ObjectTables(loaded).has_versions())) {
        continue;
      }
      auto wanted = search.other_file(name, loaded);
      if (!wanted) continue;
      const LinkedObject* const plugin =
          was_there && !is_of_program ? needs.plugin_with(place) : nullptr;
      others.push_back({.name = name,
                        .user = user.path(),
                        .wanted = std::move(*wanted),
                        .loaded = loaded.path(),
                        .brought_by = plugin == nullptr ? std::string() : plugin->path(),
                        .was_there = was_there});
    }
  }
  return others;
}

std::string other_library_text(const OtherLibrary& library) {
  const bool is_replaced = library.wanted == library.loaded;
  std::string text = library.name + ": " + library.user + " needs " + library.wanted +
                     (is_replaced ? ", a file that was replaced since it was loaded"
                                  : " (by its search path); loaded is " + library.loaded);
  if (!library.was_there) return text + ", which another library of the plugin asked for first";
  text += library.brought_by.empty() ? ", which this process had loaded before"
                                     : ", which " + library.brought_by + " brought";
  if (is_replaced) return text + ". Start the program again, or say --bind any (LoadOptions::bind)";
  return text +
         ". A process has one library of a name: run the two in different processes, give one of "
         "the files another soname, or say --bind any (LoadOptions::bind) if one will do for both";
}

}  // namespace forkmap::plugin
