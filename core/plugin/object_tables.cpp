// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/object_tables.hpp"

namespace forkmap::plugin {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kCallSlot = R_X86_64_JUMP_SLOT;
constexpr std::uint32_t kAddressSlot = R_X86_64_GLOB_DAT;
constexpr std::uint32_t kDataSlot = R_X86_64_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kCallSlot = R_AARCH64_JUMP_SLOT;
constexpr std::uint32_t kAddressSlot = R_AARCH64_GLOB_DAT;
constexpr std::uint32_t kDataSlot = R_AARCH64_ABS64;
#endif

constexpr std::uint64_t kMostEntries = 1U << 16;  // of a dynamic section, or a chain of versions
constexpr std::uint16_t kVersionMask = 0x7fff;    // the bit above hides a definition
constexpr std::uint16_t kFirstVersion = 2;        // below are "local" and "no version"

bool is_visible_definition(const Elf64_Sym& symbol) noexcept {
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && ELF64_ST_BIND(symbol.st_info) != STB_LOCAL &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

std::uint32_t gnu_hash_of(std::string_view name) noexcept {
  std::uint32_t hash = 5381;
  for (const char letter : name) hash = hash * 33 + static_cast<unsigned char>(letter);
  return hash;
}

std::uint32_t hash_of(std::string_view name) noexcept {
  std::uint32_t hash = 0;
  for (const char letter : name) {
    hash = (hash << 4U) + static_cast<unsigned char>(letter);
    hash = (hash ^ ((hash & 0xf0000000U) >> 24U)) & 0x0fffffffU;
  }
  return hash;
}

}  // namespace

ObjectTables::ObjectTables(const LinkedObject& object) : object_(object) {
  std::uint64_t at = object.dynamic();
  for (std::uint64_t number = 0; number < kMostEntries; ++number, at += sizeof(Elf64_Dyn)) {
    const auto entry = object.read<Elf64_Dyn>(at);
    if (!entry || entry->d_tag == DT_NULL) break;
    take(*entry);
  }
}

void ObjectTables::take(const Elf64_Dyn& entry) {
  const std::uint64_t value = entry.d_un.d_val;
  switch (entry.d_tag) {
    case DT_STRTAB:
      texts_ = placed(value);
      break;
    case DT_SYMTAB:
      symbols_ = placed(value);
      break;
    case DT_VERSYM:
      versions_ = placed(value);
      break;
    case DT_VERNEED:
      needed_versions_ = placed(value);
      break;
    case DT_VERDEF:
      has_versions_ = true;
      break;
    case DT_GNU_HASH:
      gnu_hash_ = placed(value);
      break;
    case DT_HASH:
      hash_ = placed(value);
      break;
    case DT_JMPREL:
      call_slots_.address = placed(value);
      break;
    case DT_PLTRELSZ:
      call_slots_.size_bytes = value;
      break;
    case DT_RELA:
      slots_.address = placed(value);
      break;
    case DT_RELASZ:
      slots_.size_bytes = value;
      break;
    case DT_SONAME:
      soname_ = value;
      break;
    case DT_NEEDED:
      needed_.push_back(value);
      break;
    default:
      break;
  }
}

// The dynamic loader has added the base to some of the addresses only, and to none where the
// section is read-only.
std::uint64_t ObjectTables::placed(std::uint64_t address) const noexcept {
  return object_.holds(address) ? address : address + object_.base();
}

std::optional<Elf64_Sym> ObjectTables::symbol(std::uint64_t number) const noexcept {
  if (symbols_ == 0) return std::nullopt;
  return object_.read<Elf64_Sym>(symbols_ + number * sizeof(Elf64_Sym));
}

std::string_view ObjectTables::text(std::uint64_t offset) const noexcept {
  if (texts_ == 0) return {};
  return object_.read_text(texts_ + offset).value_or(std::string_view());
}

// Which of the needed files a reference's version belongs to.
std::string_view ObjectTables::version_of(std::uint64_t symbol_number) const noexcept {
  if (versions_ == 0 || needed_versions_ == 0) return {};
  const auto index = object_.read<std::uint16_t>(versions_ + symbol_number * sizeof(std::uint16_t));
  if (!index || (*index & kVersionMask) < kFirstVersion) return {};
  std::uint64_t file_at = needed_versions_;
  for (std::uint64_t steps = 0; steps < kMostEntries;) {
    const auto file = object_.read<Elf64_Verneed>(file_at);
    if (!file) return {};
    std::uint64_t version_at = file_at + file->vn_aux;
    for (std::uint16_t number = 0; number < file->vn_cnt; ++number, ++steps) {
      const auto version = object_.read<Elf64_Vernaux>(version_at);
      if (!version) return {};
      if (version->vna_other == (*index & kVersionMask)) return text(file->vn_file);
      if (version->vna_next == 0) break;
      version_at += version->vna_next;
    }
    if (file->vn_next == 0) return {};
    file_at += file->vn_next;
    ++steps;
  }
  return {};
}

void ObjectTables::look_at_slots(const Table& table,
                                 const std::function<void(const Slot&)>& look) const {
  if (table.address == 0 || !object_.can_read(table.address, table.size_bytes)) return;
  for (std::uint64_t at = 0; at + sizeof(Elf64_Rela) <= table.size_bytes;
       at += sizeof(Elf64_Rela)) {
    const auto entry = object_.read<Elf64_Rela>(table.address + at);
    if (!entry) return;
    const auto type = static_cast<std::uint32_t>(ELF64_R_TYPE(entry->r_info));
    if (type != kCallSlot && type != kAddressSlot && type != kDataSlot) continue;
    const std::uint64_t number = ELF64_R_SYM(entry->r_info);
    const auto wanted = symbol(number);
    if (number == 0 || !wanted || ELF64_ST_BIND(wanted->st_info) == STB_LOCAL) continue;
    Slot slot;
    slot.address = object_.base() + entry->r_offset;
    slot.addend = type == kDataSlot ? static_cast<std::uint64_t>(entry->r_addend) : 0;
    slot.symbol = text(wanted->st_name);
    slot.defined_here = is_visible_definition(*wanted);
    if (!slot.defined_here) slot.version_of = version_of(number);
    if (!slot.symbol.empty()) look(slot);
  }
}

void ObjectTables::for_each_slot(const std::function<void(const Slot&)>& look) const {
  look_at_slots(call_slots_, look);
  look_at_slots(slots_, look);
}

void ObjectTables::add_definition(std::uint64_t number, std::string_view name,
                                  std::vector<Definition>& found) const {
  const auto entry = symbol(number);
  if (!entry || !is_visible_definition(*entry) || text(entry->st_name) != name) return;
  found.push_back({.address = object_.base() + entry->st_value,
                   .is_global = ELF64_ST_BIND(entry->st_info) == STB_GLOBAL,
                   .is_resolver = ELF64_ST_TYPE(entry->st_info) == STT_GNU_IFUNC});
}

void ObjectTables::find_by_gnu_hash(std::string_view name, std::vector<Definition>& found) const {
  struct Header {
    std::uint32_t buckets;
    std::uint32_t first_symbol;
    std::uint32_t filter_words;
    std::uint32_t filter_shift;
  };
  const auto header = object_.read<Header>(gnu_hash_);
  if (!header || header->buckets == 0) return;
  const std::uint64_t buckets =
      gnu_hash_ + sizeof(Header) + std::uint64_t{header->filter_words} * sizeof(std::uint64_t);
  const std::uint64_t chains = buckets + std::uint64_t{header->buckets} * sizeof(std::uint32_t);
  const std::uint32_t hash = gnu_hash_of(name);
  const std::uint64_t bucket = hash % header->buckets;
  const auto first = object_.read<std::uint32_t>(buckets + bucket * sizeof(std::uint32_t));
  if (!first || *first < header->first_symbol) return;
  for (std::uint64_t number = *first;; ++number) {
    // Ends at the end of the segment at the latest.
    const std::uint64_t place = number - header->first_symbol;
    const auto link = object_.read<std::uint32_t>(chains + place * sizeof(std::uint32_t));
    if (!link) return;
    if ((*link | 1U) == (hash | 1U)) add_definition(number, name, found);
    if ((*link & 1U) != 0) return;
  }
}

void ObjectTables::find_by_hash(std::string_view name, std::vector<Definition>& found) const {
  struct Header {
    std::uint32_t buckets;
    std::uint32_t chains;
  };
  const auto header = object_.read<Header>(hash_);
  if (!header || header->buckets == 0) return;
  const std::uint64_t buckets = hash_ + sizeof(Header);
  const std::uint64_t chains = buckets + std::uint64_t{header->buckets} * sizeof(std::uint32_t);
  const std::uint64_t bucket = hash_of(name) % header->buckets;
  auto number = object_.read<std::uint32_t>(buckets + bucket * sizeof(std::uint32_t));
  for (std::uint64_t steps = 0; number && *number != 0 && steps < header->chains; ++steps) {
    add_definition(*number, name, found);
    number = object_.read<std::uint32_t>(chains + std::uint64_t{*number} * sizeof(std::uint32_t));
  }
}

std::vector<ObjectTables::Definition> ObjectTables::definitions(std::string_view symbol) const {
  std::vector<Definition> found;
  if (gnu_hash_ != 0) {
    find_by_gnu_hash(symbol, found);
  } else if (hash_ != 0) {
    find_by_hash(symbol, found);
  }
  return found;
}

std::string_view ObjectTables::soname() const {
  return soname_ ? text(*soname_) : std::string_view();
}

std::vector<std::string_view> ObjectTables::needed() const {
  std::vector<std::string_view> names;
  for (const std::uint64_t offset : needed_) {
    if (const std::string_view name = text(offset); !name.empty()) names.push_back(name);
  }
  return names;
}

}  // namespace forkmap::plugin
