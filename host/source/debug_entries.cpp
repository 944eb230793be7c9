// SPDX-License-Identifier: Apache-2.0
#include "host/source/debug_entries.hpp"

#include <elf.h>

#include <cstring>
#include <filesystem>
#include <forkmap/error.hpp>
#include <system_error>
#include <utility>

namespace forkmap::host::dwarf {

namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw Error("the compiler's debug information cannot be read: " + why);
}

// Little-endian, as all machines that forkmap runs on.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes, std::size_t at = 0) : bytes_(bytes), at_(at) {}

  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] bool is_at_end() const noexcept { return at_ >= bytes_.size(); }
  void skip(std::uint64_t count) {
    if (at_ > bytes_.size() || count > bytes_.size() - at_) refuse("a section is cut off");
    at_ += count;
  }
  template <class Number>
  Number get() {
    Number value{};
    const std::size_t from = at_;
    skip(sizeof value);
    std::memcpy(&value, bytes_.data() + from, sizeof value);
    return value;
  }
  std::uint64_t of_size(std::uint64_t size) {
    switch (size) {
      case 1:
        return get<std::uint8_t>();
      case 2:
        return get<std::uint16_t>();
      case 4:
        return get<std::uint32_t>();
      default:
        return get<std::uint64_t>();
    }
  }
  std::uint64_t uleb() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = get<std::uint8_t>();
      if (shift < 64) value |= std::uint64_t{byte & 0x7fU} << shift;
      if ((byte & 0x80U) == 0) return value;
    }
  }
  std::string_view block(std::uint64_t size) {
    const std::size_t from = at_;
    skip(size);
    return bytes_.substr(from, size);
  }
  std::string_view text() {
    const std::size_t end = bytes_.find('\0', at_);
    if (end == std::string_view::npos) refuse("a text does not end");
    const std::string_view value = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return value;
  }

 private:
  std::string_view bytes_;
  std::size_t at_;
};

struct UnitFacts {
  std::uint64_t place;
  std::uint64_t address_bytes;
  std::string_view texts;
};

std::map<std::string, std::string_view> sections_of(std::string_view file) {
  Bytes head(file);
  if (!file.starts_with(std::string_view(ELFMAG, SELFMAG))) refuse("it is not an ELF file");
  const auto header = head.get<Elf64_Ehdr>();
  const auto section = [&](std::size_t number) {
    Bytes at(file, header.e_shoff);
    at.skip(number * sizeof(Elf64_Shdr));
    return at.get<Elf64_Shdr>();
  };
  const auto content = [&](const Elf64_Shdr& of) {
    Bytes(file, of.sh_offset).skip(of.sh_size);  // checks
    return file.substr(of.sh_offset, of.sh_size);
  };
  const std::string_view names = content(section(header.e_shstrndx));
  std::map<std::string, std::string_view> sections;
  for (std::size_t number = 0; number < header.e_shnum; ++number) {
    const Elf64_Shdr one = section(number);
    if (one.sh_type != SHT_PROGBITS) continue;
    if ((one.sh_flags & SHF_COMPRESSED) != 0) continue;
    sections[std::string(Bytes(names, one.sh_name).text())] = content(one);
  }
  return sections;
}

Value value_of(Bytes& in, std::uint64_t form, const UnitFacts& unit) {
  switch (form) {
    case 0x01:  // addr
      return {in.of_size(unit.address_bytes)};
    case 0x03:  // block2
      return {0, in.block(in.get<std::uint16_t>())};
    case 0x04:  // block4
      return {0, in.block(in.get<std::uint32_t>())};
    case 0x09:  // block
    case 0x18:  // exprloc
      return {0, in.block(in.uleb())};
    case 0x0a:  // block1
      return {0, in.block(in.get<std::uint8_t>())};
    case 0x0b:  // data1
    case 0x0c:  // flag
      return {in.get<std::uint8_t>()};
    case 0x05:  // data2
      return {in.get<std::uint16_t>()};
    case 0x06:  // data4
    case 0x17:  // sec_offset
      return {in.get<std::uint32_t>()};
    case 0x07:  // data8
    case 0x20:  // ref_sig8
      return {in.get<std::uint64_t>()};
    case 0x08:  // string
      return {0, in.text()};
    case 0x0d:  // sdata: where it matters it is not negative
    case 0x0f:  // udata
      return {in.uleb()};
    case 0x0e: {  // strp
      const auto offset = in.get<std::uint32_t>();
      return {0, Bytes(unit.texts, offset).text()};
    }
    case 0x10:  // ref_addr
      return {in.get<std::uint32_t>()};
    case 0x11:  // ref1
      return {unit.place + in.get<std::uint8_t>()};
    case 0x12:  // ref2
      return {unit.place + in.get<std::uint16_t>()};
    case 0x13:  // ref4
      return {unit.place + in.get<std::uint32_t>()};
    case 0x14:  // ref8
      return {unit.place + in.get<std::uint64_t>()};
    case 0x15:  // ref_udata
      return {unit.place + in.uleb()};
    case 0x19:  // flag_present
      return {1};
    default:
      refuse("it has a value of the unknown form " + std::to_string(form));
  }
}

}  // namespace

struct Units::Abbreviation {
  struct Attribute {
    std::uint64_t attribute;
    std::uint64_t form;
  };
  std::uint64_t tag = 0;
  bool has_children = false;
  std::vector<Attribute> attributes = {};
};

Units::Units(std::string_view file) : sections_(sections_of(file)) {}

std::string_view Units::section(const std::string& name) const {
  const auto found = sections_.find(name);
  if (found == sections_.end()) refuse("it has no section " + name);
  return found->second;
}

const Entry* Units::find(std::uint64_t place) const {
  const auto found = entries_.find(place);
  return found == entries_.end() ? nullptr : &found->second;
}

std::map<std::uint64_t, Units::Abbreviation> Units::abbreviations(std::uint64_t offset) const {
  Bytes in(section(".debug_abbrev"), offset);
  std::map<std::uint64_t, Abbreviation> all;
  for (;;) {
    const std::uint64_t code = in.uleb();
    if (code == 0) return all;
    Abbreviation& one = all[code];
    one.tag = in.uleb();
    one.has_children = in.get<std::uint8_t>() != 0;
    for (;;) {
      const std::uint64_t attribute = in.uleb();
      const std::uint64_t form = in.uleb();
      if (attribute == 0 && form == 0) break;
      one.attributes.push_back({attribute, form});
    }
  }
}

bool Units::next() {
  const std::string_view all = section(".debug_info");
  entries_.clear();
  order_.clear();
  if (next_ >= all.size()) return false;
  Bytes in(all, next_);
  const std::uint64_t unit = in.at();
  const std::uint64_t length = in.get<std::uint32_t>();
  const std::uint64_t end = in.at() + length;
  if (length >= 0xfffffff0U) refuse("it has units of 64 bits");
  const auto version = in.get<std::uint16_t>();
  if (version < 2 || version > 4) refuse("it is of version " + std::to_string(version));
  const auto codes = abbreviations(in.get<std::uint32_t>());
  const std::uint64_t address_bytes = in.get<std::uint8_t>();
  const auto texts = sections_.find(".debug_str");
  const UnitFacts facts{unit, address_bytes,
                        texts == sections_.end() ? std::string_view() : texts->second};
  std::vector<std::uint64_t> parents;
  while (in.at() < end) {
    const std::uint64_t place = in.at();
    const std::uint64_t code = in.uleb();
    if (code == 0) {
      if (!parents.empty()) parents.pop_back();
      continue;
    }
    const auto abbreviation = codes.find(code);
    if (abbreviation == codes.end()) refuse("an entry has no abbreviation");
    Entry entry{.tag = abbreviation->second.tag, .parent = parents.empty() ? 0 : parents.back()};
    for (const auto& [attribute, form] : abbreviation->second.attributes) {
      entry.attributes[attribute] = value_of(in, form, facts);
    }
    if (!parents.empty()) entries_[parents.back()].children.push_back(place);
    entries_[place] = std::move(entry);
    order_.push_back(place);
    if (abbreviation->second.has_children) parents.push_back(place);
  }
  next_ = end;
  return true;
}

std::vector<std::uint64_t> Units::numbers_of_file(const std::string& source) const {
  std::vector<std::uint64_t> numbers;
  const Entry& unit = entries_.at(order_.front());
  const Value* const statements = unit.find(kStatements);
  if (statements == nullptr) return numbers;
  Bytes in(section(".debug_line"), statements->number);
  static_cast<void>(in.get<std::uint32_t>());
  const auto version = in.get<std::uint16_t>();
  static_cast<void>(in.get<std::uint32_t>());
  in.skip(version >= 4 ? 5 : 4);
  const auto opcodes = in.get<std::uint8_t>();
  in.skip(opcodes == 0 ? 0 : opcodes - 1U);
  std::vector<std::string> folders = {std::string()};
  for (std::string_view folder = in.text(); !folder.empty(); folder = in.text()) {
    folders.emplace_back(folder);
  }
  std::uint64_t number = 1;
  for (std::string_view name = in.text(); !name.empty(); name = in.text()) {
    const std::uint64_t folder = in.uleb();
    static_cast<void>(in.uleb());
    static_cast<void>(in.uleb());
    std::filesystem::path path(name);
    if (folder < folders.size() && folder > 0) path = std::filesystem::path(folders[folder]) / path;
    std::error_code error;
    if (std::filesystem::equivalent(path, source, error) && !error) numbers.push_back(number);
    ++number;
  }
  return numbers;
}

}  // namespace forkmap::host::dwarf
