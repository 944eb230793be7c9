// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/object_list.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <functional>
#include <string_view>

#include "core/base/check.hpp"
#include "core/base/file_name.hpp"

namespace forkmap::plugin {

namespace {

const link_map* program() {
  void* const handle = ::dlopen(nullptr, RTLD_LAZY | RTLD_NOLOAD);
  link_map* map = nullptr;
  FORKMAP_CHECK(handle != nullptr &&
                ::dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&map)) == 0);
  ::dlclose(handle);
  while (map->l_prev != nullptr) map = map->l_prev;
  return map;
}

// The table of texts of an object. The dynamic loader has made its address absolute for all objects
// but the kernel's own.
const char* texts_of(const link_map& object) noexcept {
  for (const ElfW(Dyn)* entry = object.l_ld; entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag != DT_STRTAB) continue;
    const auto address = entry->d_un.d_ptr;
    // The dynamic loader gives addresses as numbers. NOLINTNEXTLINE(performance-no-int-to-ptr)
    return reinterpret_cast<const char*>(address < object.l_addr ? object.l_addr + address
                                                                 : address);
  }
  return nullptr;
}

// Whether `object` is what some other object names in a DT_NEEDED.
bool answers_to(const link_map& object, std::string_view needed) {
  if (base::file_name(object.l_name) == base::file_name(needed)) return true;
  const char* const texts = texts_of(object);
  for (const ElfW(Dyn)* entry = object.l_ld; texts != nullptr && entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_SONAME) return needed == texts + entry->d_un.d_val;
  }
  return false;
}

// Calls `visit` for the object after all that it needs of `among`, unless it was visited before.
void visit_needed_first(const link_map* object, const Objects& among, Objects& seen,
                        const std::function<void(const link_map*)>& visit) {
  if (std::ranges::find(seen, object) != seen.end()) return;
  seen.push_back(object);
  const char* const texts = texts_of(*object);
  for (const ElfW(Dyn)* entry = object->l_ld; texts != nullptr && entry->d_tag != DT_NULL;
       ++entry) {
    if (entry->d_tag != DT_NEEDED) continue;
    const auto needed = std::ranges::find_if(among, [&](const link_map* other) {
      return answers_to(*other, texts + entry->d_un.d_val);
    });
    if (needed != among.end()) visit_needed_first(*needed, among, seen, visit);
  }
  visit(object);
}

}  // namespace

ObjectList::ObjectList() : first_(program()), objects_(loaded()) { std::ranges::sort(objects_); }

Objects ObjectList::loaded() const {
  Objects all;
  for (const link_map* map = first_; map != nullptr; map = map->l_next) all.push_back(map);
  return all;
}

Objects ObjectList::added() const {
  Objects added = loaded();
  std::erase_if(added,
                [this](const link_map* map) { return std::ranges::binary_search(objects_, map); });
  return added;
}

Objects needed_by(const link_map* object, const Objects& among) {
  Objects seen;
  visit_needed_first(object, among, seen, [](const link_map*) {});
  return seen;
}

Objects dependents_first(const Objects& objects) {
  Objects ordered;
  Objects seen;
  for (const link_map* object : objects) {
    visit_needed_first(object, objects, seen,
                       [&ordered](const link_map* each) { ordered.push_back(each); });
  }
  std::ranges::reverse(ordered);
  return ordered;
}

}  // namespace forkmap::plugin
