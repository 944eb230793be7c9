// SPDX-License-Identifier: Apache-2.0
//
// The functions of an ELF file by address. Reads .symtab, which also has what a plugin hides
// (-fvisibility=hidden, static), or .dynsym of a file that was stripped. The bytes are untrusted,
// as in elf_file.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/plugin/registry_table.hpp"

namespace forkmap::plugin {

class SymbolTable {
 public:
  SymbolTable() = default;  // knows nothing
  // Empty if the file cannot be read, has no symbols, or is damaged. Names are read when they are
  // asked for, from a file that is opened anew: none stays open, which workers would inherit.
  explicit SymbolTable(std::string path) noexcept;

  struct Place {
    std::string function;  // as it stands in the file
    std::uint64_t offset = 0;
  };
  // `address` as the file counts. Nothing if it is in no function that the table knows.
  [[nodiscard]] std::optional<Place> find(std::uint64_t address) const;

 private:
  struct Function {
    std::uint64_t address;
    std::uint64_t size_bytes;
    std::uint32_t name;  // offset in the string table
    bool is_local;
  };
  std::string path_;
  FileIdentity identity_;
  std::uint64_t names_offset_ = 0;
  std::uint64_t names_bytes_ = 0;
  std::vector<Function> functions_;  // by address, then names that others see first

  void read();
  // As much as a name may have, of the string table.
  [[nodiscard]] std::string name_at(const base::UniqueFd& file, std::uint32_t offset) const;
};

}  // namespace forkmap::plugin
