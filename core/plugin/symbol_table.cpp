// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/symbol_table.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "core/plugin/file_bytes.hpp"
#include "core/plugin/file_identity.hpp"

namespace forkmap::plugin {

namespace {

constexpr std::uint64_t kLongestNameBytes = 4096;

// Without waiting, should somebody have put a FIFO there.
base::UniqueFd open_file(const std::string& path) noexcept {
  return base::UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

// Empty if it is another one by now.
base::UniqueFd open_same_file(const std::string& path, const FileIdentity& identity) noexcept {
  try {
    base::UniqueFd file = open_file(path);
    if (file && identity_of(file.get()) == identity) return file;
  } catch (const std::exception&) {
    // Not to be looked at: nothing to be told of it.
  }
  return {};
}

bool is_function(const Elf64_Sym& symbol) noexcept {
  const auto type = ELF64_ST_TYPE(symbol.st_info);
  return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol.st_shndx != SHN_UNDEF &&
         symbol.st_size > 0;
}

const Elf64_Shdr* find_section(const std::vector<Elf64_Shdr>& sections, std::uint32_t type) {
  const auto found =
      std::ranges::find_if(sections, [type](const Elf64_Shdr& s) { return s.sh_type == type; });
  return found == sections.end() ? nullptr : &*found;
}

}  // namespace

SymbolTable::SymbolTable(std::string path) noexcept : path_(std::move(path)) {
  try {
    read();
  } catch (const std::exception&) {
    functions_.clear();  // no names, then
  }
}

void SymbolTable::read() {
  const base::UniqueFd file = open_file(path_);
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  identity_ = identity_of(file.get());
  const FileBytes bytes(file.get(), identity_.size_bytes);
  const auto header = bytes.value<Elf64_Ehdr>(0, "ELF header");
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_shentsize != sizeof(Elf64_Shdr)) {
    return;
  }
  const auto sections =
      bytes.table<Elf64_Shdr>(header.e_shoff, header.e_shnum, "section header table");
  const Elf64_Shdr* table = find_section(sections, SHT_SYMTAB);
  if (table == nullptr) table = find_section(sections, SHT_DYNSYM);
  if (table == nullptr || table->sh_link >= sections.size()) return;
  names_offset_ = sections[table->sh_link].sh_offset;
  names_bytes_ = sections[table->sh_link].sh_size;
  if (!bytes.holds(names_offset_, names_bytes_)) return;
  for (const Elf64_Sym& symbol : bytes.table<Elf64_Sym>(
           table->sh_offset, table->sh_size / sizeof(Elf64_Sym), "symbol table")) {
    if (!is_function(symbol)) continue;
    functions_.push_back({symbol.st_value, symbol.st_size, symbol.st_name,
                          ELF64_ST_BIND(symbol.st_info) == STB_LOCAL});
  }
  std::ranges::stable_sort(functions_, [](const Function& left, const Function& right) {
    return std::pair(left.address, left.is_local) < std::pair(right.address, right.is_local);
  });
}

std::string SymbolTable::name_at(const base::UniqueFd& file, std::uint32_t offset) const {
  if (offset >= names_bytes_) return {};
  std::string name(std::min(names_bytes_ - offset, kLongestNameBytes), '\0');
  try {
    FileBytes(file.get(), identity_.size_bytes)
        .read(names_offset_ + offset, name.data(), name.size(), "string table");
  } catch (const std::invalid_argument&) {
    return {};
  }
  name.resize(::strnlen(name.data(), name.size()));
  return name;
}

std::optional<SymbolTable::Place> SymbolTable::find(std::uint64_t address) const {
  const auto next = std::ranges::upper_bound(functions_, address, {}, &Function::address);
  if (next == functions_.begin()) return std::nullopt;
  const base::UniqueFd file = open_same_file(path_, identity_);
  if (!file) return std::nullopt;
  const std::uint64_t begin = std::prev(next)->address;
  // Several functions begin there, or one has several names: a library's own are its second choice.
  std::optional<Place> found;
  for (auto at = std::ranges::lower_bound(functions_, begin, {}, &Function::address); at != next;
       ++at) {
    if (address - at->address >= at->size_bytes) continue;
    std::string name = name_at(file, at->name);
    if (name.empty() || (found && name.starts_with("__"))) continue;
    if (!found || found->function.starts_with("__")) {
      found = Place{std::move(name), address - at->address};
    }
  }
  return found;
}

}  // namespace forkmap::plugin
