// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/loaded_build_id.hpp"

#include <dlfcn.h>
#include <link.h>

#include "core/plugin/elf_file.hpp"

namespace forkmap::plugin {

namespace {

struct Wanted {
  ElfW(Addr) base_address;
  std::string build_id;
};

int look_at_object(dl_phdr_info* object, std::size_t, void* data) {
  auto& wanted = *static_cast<Wanted*>(data);
  if (object->dlpi_addr != wanted.base_address) return 0;
  for (int number = 0; number < object->dlpi_phnum; ++number) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[number];
    if (segment.p_type != PT_NOTE) continue;
    const ElfW(Addr) address = object->dlpi_addr + segment.p_vaddr;
    // The dynamic loader gives addresses as numbers. NOLINTNEXTLINE(performance-no-int-to-ptr)
    const auto* const notes = reinterpret_cast<const unsigned char*>(address);
    wanted.build_id = build_id_in_notes({notes, segment.p_memsz});
    if (!wanted.build_id.empty()) break;
  }
  return 1;
}

}  // namespace

std::optional<std::string> loaded_build_id(const std::string& path) {
  void* const handle = ::dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL | RTLD_NOLOAD);
  if (handle == nullptr) {
    (void)::dlerror();
    return std::nullopt;
  }
  Wanted wanted{0, {}};
  link_map* object = nullptr;
  if (::dlinfo(handle, RTLD_DI_LINKMAP, static_cast<void*>(&object)) == 0) {
    wanted.base_address = object->l_addr;
    ::dl_iterate_phdr(look_at_object, &wanted);
  }
  ::dlclose(handle);
  return wanted.build_id;
}

}  // namespace forkmap::plugin
