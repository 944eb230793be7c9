// SPDX-License-Identifier: Apache-2.0
//
// The objects (program, plugins, libraries) that this process has loaded, and which of them has an
// address. A worker has each at the same address as the host had at the fork. What a worker loads
// by itself is not known here; so objects that the host loads later must not be taken for it, and
// the list is of one moment.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/demangled_name.hpp"
#include "core/plugin/linked_object.hpp"
#include "core/plugin/registry_table.hpp"
#include "core/plugin/symbol_table.hpp"

namespace forkmap::plugin {

// What an address is, as far as that is known.
struct CodePlace {
  std::string object = {};        // path of the file; empty: in none of the objects
  std::string build_id = {};      // of the object, hex; may be empty
  bool is_plugin = false;         // `object` is a plugin
  bool is_forkmap = false;        // `object` has forkmap's own code (the program, mostly)
  std::uint64_t in_file = 0;      // the address as the object's file counts (for addr2line)
  std::string function = {};      // demangled; empty: not known
  std::uint64_t in_function = 0;  // bytes from its beginning
};

class LoadedObjects {
 public:
  // Of this moment. Plugins are told from libraries by the table.
  explicit LoadedObjects(const RegistryTable& table);

  // `is_return`: the address behind a call, so that the place is that of the call.
  [[nodiscard]] CodePlace find(std::uint64_t address, bool is_return) const;

 private:
  struct Object {
    LinkedObject linked;
    std::string file = {};  // to be opened for its symbols
    std::string path = {};  // to be shown
    std::string build_id = {};
    bool is_plugin = false;
    bool is_forkmap = false;
    mutable bool has_symbols = false;  // they were asked for
    mutable SymbolTable symbols = {};
  };
  std::vector<Object> objects_;
  mutable base::SymbolNames names_;

  static const SymbolTable& symbols_of(const Object& object);
};

}  // namespace forkmap::plugin
