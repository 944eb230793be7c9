// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/loaded_build_id.hpp"

#include <dlfcn.h>
#include <link.h>

#include "core/plugin/linked_object.hpp"

namespace forkmap::plugin {

std::optional<std::string> loaded_build_id(const std::string& path) {
  void* const handle = ::dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL | RTLD_NOLOAD);
  if (handle == nullptr) {
    (void)::dlerror();
    return std::nullopt;
  }
  std::string build_id;
  link_map* map = nullptr;
  if (::dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&map)) == 0) {
    for (const LinkedObject& object : linked_objects()) {
      if (object.dynamic() != reinterpret_cast<std::uintptr_t>(map->l_ld)) continue;
      build_id = object.build_id().value_or("");
      break;
    }
  }
  ::dlclose(handle);
  return build_id;
}

}  // namespace forkmap::plugin
