// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/image_name.hpp"

#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace forkmap::plugin {

namespace {

// Of all objects the first, from which the others follow.
link_map* first_object() noexcept {
  void* const program = ::dlopen(nullptr, RTLD_LAZY | RTLD_NOLOAD);
  link_map* map = nullptr;
  if (program == nullptr || ::dlinfo(program, RTLD_DI_LINKMAP, static_cast<void*>(&map)) != 0) {
    return nullptr;
  }
  while (map->l_prev != nullptr) map = map->l_prev;
  return map;
}

// Whether the address lies in a mapping of a memfd.
bool is_in_memfd(std::uint64_t address) {
  std::ifstream maps("/proc/self/maps");
  std::string line;
  while (std::getline(maps, line)) {
    unsigned long begin = 0;
    unsigned long end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) != 2) continue;
    if (address >= begin && address < end) return line.find(" /memfd:") != std::string::npos;
  }
  return false;
}

}  // namespace

void name_image(link_map& image, const std::string& path) {
  // A new text: the dynamic loader keeps the old one, and knows the object by that, too.
  if (char* const name = ::strdup(path.c_str())) image.l_name = name;
}

HiddenCopies::HiddenCopies(const OpenedPlugin& plugin) {
  if (!plugin.in_place) return;
  static char other_name[] = "(a private copy)";
  for (link_map* map = first_object(); map != nullptr; map = map->l_next) {
    if (plugin.path != map->l_name || !is_in_memfd(map->l_addr)) continue;
    hidden_.emplace_back(map, map->l_name);
    map->l_name = other_name;
  }
}

HiddenCopies::~HiddenCopies() {
  for (const auto& [map, name] : hidden_) map->l_name = name;
}

}  // namespace forkmap::plugin
