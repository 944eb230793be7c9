// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/elf_file.hpp"

#include <elf.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "core/base/hexadecimal.hpp"
#include "core/plugin/file_bytes.hpp"

namespace forkmap::plugin {

namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
constexpr std::string_view kMachineName = "x86-64";
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
constexpr std::string_view kMachineName = "AArch64";
#else
#error "forkmap knows the ELF machine number of x86-64 and AArch64 only"
#endif

constexpr std::string_view kEntryPrefix = "forkmap_plugin_v";
constexpr std::string_view kGlobalSection = ".forkmap.global";
constexpr std::uint64_t kMaxNoteBytes = 1U << 20;
constexpr std::uint64_t kMaxGlobalBytes = 1U << 16;
constexpr std::uint64_t kPieceBytes = 1U << 18;

[[noreturn]] void refuse_file(const std::string& reason) { throw std::invalid_argument(reason); }

Elf64_Ehdr checked_header(const FileBytes& file) {
  if (file.size_bytes() == 0) refuse_file("the file is empty");
  char magic[8] = {};
  file.read(0, magic, std::min<std::uint64_t>(file.size_bytes(), sizeof magic), "beginning");
  if (std::string_view(magic, sizeof magic) == "!<arch>\n") {
    refuse_file("it is a static library (.a), not a shared object; link it with -shared");
  }
  const std::string_view elf_magic(ELFMAG, SELFMAG);
  const std::string_view begin(magic, std::min<std::uint64_t>(file.size_bytes(), SELFMAG));
  if (begin != elf_magic.substr(0, begin.size())) refuse_file("it is not an ELF file");
  const auto header = file.value<Elf64_Ehdr>(0, "ELF header");
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != kMachine) {
    refuse_file("it is for another machine (ELF machine " + std::to_string(header.e_machine) +
                "), this one is " + std::string(kMachineName));
  }
  if (header.e_type == ET_REL) refuse_file("it is an object file (.o); link it with -shared");
  if (header.e_type == ET_EXEC) refuse_file("it is an executable, not a shared object");
  if (header.e_type != ET_DYN) refuse_file("it is not a shared object");
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0) {
    refuse_file("it has no program headers of the known size");
  }
  return header;
}

std::vector<Elf64_Phdr> checked_segments(const FileBytes& file, const Elf64_Ehdr& header) {
  auto segments = file.table<Elf64_Phdr>(header.e_phoff, header.e_phnum, "program header table");
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_LOAD || file.holds(segment.p_offset, segment.p_filesz)) continue;
    refuse_file("it is cut off: a segment of " + std::to_string(segment.p_filesz) +
                " bytes begins at byte " + std::to_string(segment.p_offset) + ", the file has " +
                std::to_string(file.size_bytes()));
  }
  return segments;
}

std::vector<Elf64_Shdr> checked_sections(const FileBytes& file, const Elf64_Ehdr& header) {
  if (header.e_shoff == 0 || header.e_shnum == 0) return {};
  if (header.e_shentsize != sizeof(Elf64_Shdr))
    refuse_file("its section headers are of an unknown size");
  return file.table<Elf64_Shdr>(header.e_shoff, header.e_shnum, "section header table");
}

// The build-id among the notes of one segment; empty if it is not there.
std::string build_id_in(const FileBytes& file, const Elf64_Phdr& segment) {
  if (segment.p_filesz > kMaxNoteBytes) return {};
  return build_id_in_notes(file.table<unsigned char>(segment.p_offset, segment.p_filesz, "notes"));
}

std::string build_id_of(const FileBytes& file, const std::vector<Elf64_Phdr>& segments) {
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_NOTE) continue;
    if (std::string id = build_id_in(file, segment); !id.empty()) return id;
  }
  return {};
}

// Where the byte that is loaded at `address` stands in the file.
std::uint64_t offset_of(const std::vector<Elf64_Phdr>& segments, std::uint64_t address) {
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz) {
      return segment.p_offset + (address - segment.p_vaddr);
    }
  }
  refuse_file("its dynamic section names an address outside of the file");
}

// A table of texts that end with NUL.
class Texts {
 public:
  Texts(const FileBytes& file, std::uint64_t offset, std::uint64_t size)
      : bytes_(file.table<char>(offset, size, "string table")) {}

  [[nodiscard]] std::string_view at(std::uint64_t place) const {
    if (place >= bytes_.size()) refuse_file("a name lies outside of its string table");
    const std::string_view rest(bytes_.data() + place, bytes_.size() - place);
    const auto end = rest.find('\0');
    if (end == std::string_view::npos) refuse_file("a name runs over the end of its string table");
    return rest.substr(0, end);
  }

 private:
  std::vector<char> bytes_;
};

bool has_origin(std::string_view text) {
  return text.find("$ORIGIN") != std::string_view::npos ||
         text.find("${ORIGIN}") != std::string_view::npos;
}

void read_dynamic(const FileBytes& file, const std::vector<Elf64_Phdr>& segments, ElfFacts& facts) {
  const auto dynamic =
      std::find_if(segments.begin(), segments.end(),
                   [](const Elf64_Phdr& segment) { return segment.p_type == PT_DYNAMIC; });
  if (dynamic == segments.end()) refuse_file("it has no dynamic section, so it cannot be loaded");
  const auto entries = file.table<Elf64_Dyn>(
      dynamic->p_offset, dynamic->p_filesz / sizeof(Elf64_Dyn), "dynamic section");
  std::optional<std::uint64_t> texts_address;
  std::uint64_t texts_bytes = 0;
  for (const Elf64_Dyn& entry : entries) {
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_STRTAB) texts_address = entry.d_un.d_ptr;
    if (entry.d_tag == DT_STRSZ) texts_bytes = entry.d_un.d_val;
    if (entry.d_tag == DT_FLAGS_1 && (entry.d_un.d_val & DF_1_PIE) != 0) {
      refuse_file("it is an executable, not a shared object");
    }
  }
  if (!texts_address) return;
  const Texts texts(file, offset_of(segments, *texts_address), texts_bytes);
  for (const Elf64_Dyn& entry : entries) {
    if (entry.d_tag == DT_NULL) break;
    if (entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH) {
      facts.run_paths.emplace_back(texts.at(entry.d_un.d_val));
    } else if (entry.d_tag == DT_NEEDED) {
      facts.needed.emplace_back(texts.at(entry.d_un.d_val));
    }
  }
  facts.uses_origin = std::any_of(facts.run_paths.begin(), facts.run_paths.end(), has_origin) ||
                      std::any_of(facts.needed.begin(), facts.needed.end(), has_origin);
}

// Whether a segment has the text, as in dlopen("$ORIGIN/helper.so"): then the plugin must be loaded
// from where it is. Text that a compiler has put into instructions is found, too.
bool has_origin_text(const FileBytes& file, const Elf64_Phdr& segment) {
  constexpr std::uint64_t overlap = 16;  // longer than the text
  for (std::uint64_t done = 0; done < segment.p_filesz;) {
    const std::uint64_t size = std::min(kPieceBytes, segment.p_filesz - done);
    const auto piece = file.table<char>(segment.p_offset + done, size, "segment");
    if (has_origin({piece.data(), piece.size()})) return true;
    if (size < kPieceBytes) break;
    done += size - overlap;
  }
  return false;
}

// Texts that end with NUL, in a section of their own.
void read_global_libraries(const FileBytes& file, const Elf64_Ehdr& header,
                           const std::vector<Elf64_Shdr>& sections, ElfFacts& facts) {
  if (header.e_shstrndx >= sections.size()) return;
  const Elf64_Shdr& names = sections[header.e_shstrndx];
  const Texts texts(file, names.sh_offset, names.sh_size);
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type != SHT_PROGBITS || texts.at(section.sh_name) != kGlobalSection) continue;
    if (section.sh_size > kMaxGlobalBytes) refuse_file("its list of global libraries is too long");
    const auto bytes = file.table<char>(section.sh_offset, section.sh_size, "global libraries");
    std::string_view rest(bytes.data(), bytes.size());
    while (!rest.empty()) {
      const std::string_view name = rest.substr(0, rest.find('\0'));
      if (!name.empty()) facts.global_libraries.emplace_back(name);
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    }
  }
}

std::optional<std::uint32_t> abi_version_in(std::string_view symbol) {
  if (!symbol.starts_with(kEntryPrefix)) return std::nullopt;
  const std::string_view digits = symbol.substr(kEntryPrefix.size());
  std::uint32_t version = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (fault != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return version;
}

void read_symbols(const FileBytes& file, const std::vector<Elf64_Shdr>& sections, ElfFacts& facts) {
  const auto table = std::find_if(sections.begin(), sections.end(), [](const Elf64_Shdr& section) {
    return section.sh_type == SHT_DYNSYM;
  });
  if (table == sections.end()) return;
  if (table->sh_link >= sections.size()) refuse_file("its symbol table has no string table");
  const Elf64_Shdr& names = sections[table->sh_link];
  const Texts texts(file, names.sh_offset, names.sh_size);
  const auto symbols =
      file.table<Elf64_Sym>(table->sh_offset, table->sh_size / sizeof(Elf64_Sym), "symbol table");
  facts.has_symbols = true;
  for (const Elf64_Sym& symbol : symbols) {
    if (symbol.st_shndx == SHN_UNDEF) continue;
    const std::string_view name = texts.at(symbol.st_name);
    if (const auto version = abi_version_in(name)) facts.abi_versions.push_back(*version);
    if (ELF64_ST_BIND(symbol.st_info) == STB_GNU_UNIQUE) facts.unique_symbols.emplace_back(name);
  }
}

}  // namespace

std::string build_id_in_notes(std::span<const unsigned char> notes) {
  const auto padded = [](std::uint64_t size) { return (size + 3) & ~std::uint64_t{3}; };
  std::uint64_t at = 0;
  while (at + sizeof(Elf64_Nhdr) <= notes.size()) {
    Elf64_Nhdr note;
    std::memcpy(&note, notes.data() + at, sizeof note);
    const std::uint64_t name = at + sizeof note;
    const std::uint64_t content = name + padded(note.n_namesz);
    if (content > notes.size() || note.n_descsz > notes.size() - content) return {};
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof ELF_NOTE_GNU &&
        std::memcmp(notes.data() + name, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) == 0) {
      std::string text;
      for (const unsigned char byte : notes.subspan(content, note.n_descsz)) {
        base::append_hexadecimal(text, byte);
      }
      return text;
    }
    at = content + padded(note.n_descsz);
  }
  return {};
}

ElfFacts read_elf_facts(int fd, std::uint64_t size_bytes) {
  const FileBytes file(fd, size_bytes);
  const Elf64_Ehdr header = checked_header(file);
  const auto segments = checked_segments(file, header);
  const auto sections = checked_sections(file, header);
  ElfFacts facts;
  facts.build_id = build_id_of(file, segments);
  read_dynamic(file, segments, facts);
  read_symbols(file, sections, facts);
  read_global_libraries(file, header, sections, facts);
  facts.names_origin =
      !facts.uses_origin && std::ranges::any_of(segments, [&file](const Elf64_Phdr& segment) {
        return segment.p_type == PT_LOAD && has_origin_text(file, segment);
      });
  return facts;
}

std::optional<std::string> read_build_id(int fd, std::uint64_t size_bytes) noexcept {
  try {
    const FileBytes file(fd, size_bytes);
    const Elf64_Ehdr header = checked_header(file);
    return build_id_of(
        file, file.table<Elf64_Phdr>(header.e_phoff, header.e_phnum, "program header table"));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace forkmap::plugin
