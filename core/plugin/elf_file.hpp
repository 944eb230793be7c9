// SPDX-License-Identifier: Apache-2.0
//
// What an ELF file says about itself. The bytes are untrusted: every offset and size is compared
// with the size of the file before it is used, and nothing of the file is run or mapped.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace forkmap::plugin {

struct ElfFacts {
  std::string build_id;                // hex; empty if the file has none
  std::vector<std::string> run_paths;  // DT_RPATH and DT_RUNPATH, as they stand
  bool uses_origin = false;            // a run path or a needed library has $ORIGIN
  bool names_origin = false;           // what is loaded of it has the text elsewhere
  std::vector<std::string> needed;     // DT_NEEDED
  bool has_symbols = false;            // a symbol table was found, so the next two are complete
  std::vector<std::uint32_t> abi_versions;    // N of each exported forkmap_plugin_vN
  std::vector<std::string> unique_symbols;    // defined with STB_GNU_UNIQUE
  std::vector<std::string> global_libraries;  // of <forkmap/global_library.h>
};

// Reads the shared object behind `fd` (any file offset; it is not moved), `size_bytes` long. Throws
// std::invalid_argument that says why it is no shared object of this machine, or where it is cut
// off.
[[nodiscard]] ElfFacts read_elf_facts(int fd, std::uint64_t size_bytes);

// The build-id alone; empty where the file has none, nothing where it cannot be read.
[[nodiscard]] std::optional<std::string> read_build_id(int fd, std::uint64_t size_bytes) noexcept;

// The build-id among the bytes of a note segment, in hex; empty if it is not there.
[[nodiscard]] std::string build_id_in_notes(std::span<const unsigned char> notes);

}  // namespace forkmap::plugin
