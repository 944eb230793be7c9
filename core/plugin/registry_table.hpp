// SPDX-License-Identifier: Apache-2.0
//
// The name -> function table behind forkmap::Registry. Append only: an entry, once made, keeps its
// place, its number and its address for the life of the table. Workers inherit the table by the
// fork; an entry made later does not exist in their copy, which is how they find a function
// missing.
#pragma once

#include <forkmap/plugin.h>

#include <cstdint>
#include <deque>
#include <forkmap/error.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/plugin/object_list.hpp"
#include "core/types/signature.hpp"

namespace forkmap::plugin {

using Generation = std::uint64_t;  // 0 is the empty registry; every load and every add raises it

// Identity of a file's content, to see that it changed since it was loaded.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  std::string build_id;  // hex; empty if the file has none
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

struct PluginEntry {
  std::string name;
  std::string version;
  std::string path;  // absolute
  FileIdentity identity;
  bool in_place = false;  // loaded from the file itself, not from a private copy
  Generation generation = 0;
  const forkmap_plugin* descriptor = nullptr;
  std::string image;                       // what was loaded, to be opened for its symbols
  std::uint64_t base_address = 0;          // where its image begins in memory
  std::vector<std::string> warnings = {};  // about what it is bound to
  Objects objects = {};  // the plugin, what it needs and what loading it brought beside that; not
                         // what the process had before its first plugin
  [[nodiscard]] bool has_hooks() const noexcept {
    return descriptor->preload != nullptr || descriptor->start != nullptr ||
           descriptor->stop != nullptr;
  }
};

struct FunctionEntry {
  std::uint32_t number = 0;  // place in the table
  std::string name;          // "square"
  std::string full_name;     // "arith:square"; a host function's full name is its name
  std::string doc;
  types::Signature signature;
  Generation generation = 0;  // the first generation that holds it
  bool once = false;
  bool vectorized = false;  // run_vector is its entry
  const forkmap_function* record = nullptr;
  const PluginEntry* plugin = nullptr;  // null for a function added by the embedding program
};

// What is said when a second plugin of a name is loaded.
[[nodiscard]] LoadError name_taken(const std::string& path, const PluginEntry& holder);

class RegistryTable {
 public:
  [[nodiscard]] Generation generation() const noexcept { return generation_; }
  // The Registry whose table this is has been destroyed: a pool that lives on is the caller's
  // mistake.
  [[nodiscard]] bool registry_is_gone() const noexcept { return registry_is_gone_; }
  void note_registry_gone() noexcept { registry_is_gone_ = true; }
  [[nodiscard]] const std::deque<FunctionEntry>& functions() const noexcept { return functions_; }
  [[nodiscard]] const std::deque<PluginEntry>& plugins() const noexcept { return plugins_; }

  // By number; null if this table (this process's copy) has no such entry.
  [[nodiscard]] const FunctionEntry* find(std::uint32_t number) const noexcept;
  // By "name" or "plugin:name". Throws UnknownFunction, AmbiguousFunction.
  [[nodiscard]] const FunctionEntry& resolve(std::string_view name) const;

  // Adds a loaded plugin with its functions; raises the generation once. Throws LoadError for a
  // second plugin of that name or functions that clash inside it; nothing is added then.
  const PluginEntry& add_plugin(PluginEntry plugin);
  // Adds a function of the embedding program; keeps `record` and `owner` alive. Throws
  // InvalidOption for an empty or taken name or one with a colon.
  const FunctionEntry& add_function(std::string name, std::string doc, types::Signature signature,
                                    forkmap_function record, std::shared_ptr<void> owner);

 private:
  Generation generation_ = 0;
  bool registry_is_gone_ = false;
  std::deque<FunctionEntry> functions_;
  std::deque<PluginEntry> plugins_;
  std::deque<forkmap_function> records_;       // of host functions
  std::vector<std::shared_ptr<void>> owners_;  // callables of host functions
};

}  // namespace forkmap::plugin
