// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/loaded_objects.hpp"

#include <fcntl.h>
#include <link.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/plugin/elf_file.hpp"

namespace forkmap::plugin {

namespace {

constexpr const char* kProgram = "/proc/self/exe";

std::uint64_t number_of(const void* address) noexcept {
  return reinterpret_cast<std::uintptr_t>(address);
}

// Any address of forkmap's own code.
std::uint64_t own_address() noexcept {
  return reinterpret_cast<std::uintptr_t>(&build_id_in_notes);
}

std::string shown_path(const std::string& file) {
  if (file != kProgram) return file;
  std::error_code error;
  const std::string path = std::filesystem::read_symlink(kProgram, error).string();
  return error ? file : path;
}

// Of the file as it is on disk; empty if it cannot be told.
std::string build_id_now(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  return read_build_id(file.get(), static_cast<std::uint64_t>(status.st_size));
}

}  // namespace

bool LoadedObjects::Object::holds(std::uint64_t address) const noexcept {
  return std::ranges::any_of(
      segments, [address](const Segment& s) { return address >= s.begin && address < s.end; });
}

LoadedObjects::LoadedObjects(const RegistryTable& table) {
  const auto add = [](dl_phdr_info* info, std::size_t, void* self) {
    Object object;
    object.file = info->dlpi_name[0] == '\0' ? kProgram : info->dlpi_name;
    object.base = info->dlpi_addr;
    for (int number = 0; number < info->dlpi_phnum; ++number) {
      const ElfW(Phdr)& header = info->dlpi_phdr[number];
      const std::uint64_t begin = info->dlpi_addr + header.p_vaddr;
      if (header.p_type == PT_LOAD) object.segments.push_back({begin, begin + header.p_memsz});
      if (header.p_type != PT_NOTE || !object.build_id.empty()) continue;
      // The dynamic loader gives addresses as numbers. NOLINTNEXTLINE(performance-no-int-to-ptr)
      const auto* const notes = reinterpret_cast<const unsigned char*>(begin);
      object.build_id = build_id_in_notes({notes, header.p_memsz});
    }
    static_cast<std::vector<Object>*>(self)->push_back(std::move(object));
    return 0;
  };
  ::dl_iterate_phdr(add, &objects_);
  for (Object& object : objects_) {
    object.is_forkmap = object.holds(own_address());
    const auto plugin = std::ranges::find_if(table.plugins(), [&](const PluginEntry& entry) {
      return object.holds(number_of(entry.descriptor));
    });
    object.is_plugin = plugin != table.plugins().end();
    object.path = object.is_plugin ? plugin->path : shown_path(object.file);
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
  const auto object =
      std::ranges::find_if(objects_, [wanted](const Object& each) { return each.holds(wanted); });
  if (object == objects_.end()) return place;
  place.object = object->path;
  place.build_id = object->build_id;
  place.is_plugin = object->is_plugin;
  place.is_forkmap = object->is_forkmap;
  place.in_file = address - object->base;
  if (auto symbol = symbols_of(*object).find(wanted - object->base)) {
    place.function = demangled(symbol->function);
    place.in_function = symbol->offset + (address - wanted);
  }
  return place;
}

}  // namespace forkmap::plugin
