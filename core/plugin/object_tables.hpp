// SPDX-License-Identifier: Apache-2.0
//
// What the dynamic section of a loaded object says: which libraries it needs, which symbols it
// defines, and which slots hold the addresses of symbols. Read as linked_object.hpp says (L1).
#pragma once

#include <elf.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/plugin/linked_object.hpp"

namespace forkmap::plugin {

class ObjectTables {
 public:
  // `object` must live as long.
  explicit ObjectTables(const LinkedObject& object);

  // A place that holds the address of a symbol, plus `addend`.
  struct Slot {
    std::uint64_t address = 0;
    std::uint64_t addend = 0;  // 0 but for tables of addresses in data
    std::string_view symbol;
    bool defined_here = false;  // the object defines that symbol itself, for all to see
    // The library whose version of the symbol was asked for; empty if none was.
    std::string_view version_of;
  };
  void for_each_slot(const std::function<void(const Slot&)>& look) const;

  // A definition that others can be bound to.
  struct Definition {
    std::uint64_t address = 0;
    bool is_global = false;    // neither weak nor unique
    bool is_resolver = false;  // of an indirect function: `address` is not where calls go
  };
  // One for each version of the symbol; empty if it is not defined here.
  [[nodiscard]] std::vector<Definition> definitions(std::string_view symbol) const;

  [[nodiscard]] std::string_view soname() const;
  [[nodiscard]] std::vector<std::string_view> needed() const;
  [[nodiscard]] bool has_versions() const noexcept { return has_versions_; }

 private:
  // A table as the dynamic section has it; its end is known for some only.
  struct Table {
    std::uint64_t address = 0;
    std::uint64_t size_bytes = 0;
  };
  const LinkedObject& object_;
  std::uint64_t texts_ = 0;
  std::uint64_t symbols_ = 0;
  std::uint64_t versions_ = 0;         // of each symbol, DT_VERSYM
  std::uint64_t needed_versions_ = 0;  // DT_VERNEED
  std::uint64_t gnu_hash_ = 0;
  std::uint64_t hash_ = 0;
  Table call_slots_;  // DT_JMPREL
  Table slots_;       // DT_RELA
  std::optional<std::uint64_t> soname_;
  std::vector<std::uint64_t> needed_;
  bool has_versions_ = false;

  void take(const Elf64_Dyn& entry);
  [[nodiscard]] std::uint64_t placed(std::uint64_t address) const noexcept;
  [[nodiscard]] std::optional<Elf64_Sym> symbol(std::uint64_t number) const noexcept;
  [[nodiscard]] std::string_view text(std::uint64_t offset) const noexcept;
  [[nodiscard]] std::string_view version_of(std::uint64_t symbol_number) const noexcept;
  void look_at_slots(const Table& table, const std::function<void(const Slot&)>& look) const;
  void add_definition(std::uint64_t number, std::string_view name,
                      std::vector<Definition>& found) const;
  void find_by_gnu_hash(std::string_view name, std::vector<Definition>& found) const;
  void find_by_hash(std::string_view name, std::vector<Definition>& found) const;
};

}  // namespace forkmap::plugin
