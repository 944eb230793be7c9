// SPDX-License-Identifier: Apache-2.0
//
// What a plugin and its libraries are bound to: around the dlopen() of a plugin, in the probe and
// in the host alike.
#pragma once

#include <string>
#include <vector>

#include "core/plugin/linked_object.hpp"
#include "core/plugin/opened_plugin.hpp"

namespace forkmap::plugin {

class Binding {
 public:
  // Before the dlopen(): remembers what is loaded, and loads those libraries of `--global` that are
  // given by a path, or found by the plugin's run path, so that constructors see them.
  explicit Binding(const OpenedPlugin& plugin);

  // After it. Gives a private copy the name of its file, so that the plugin finds what lies beside
  // it; makes libraries global; compares what the plugin is bound to with what it should be bound
  // to (taken_symbols.hpp, needed_libraries.hpp), and puts it right if that was asked for. Returns
  // what is told of a plugin that is loaded all the same. Throws std::invalid_argument with the
  // reason why it is refused.
  [[nodiscard]] std::vector<std::string> settle(void* handle) const;

 private:
  const OpenedPlugin& plugin_;
  std::vector<LinkedObject> before_;
  std::vector<std::string> failed_;  // of libraries that have a path and could not be loaded

  void load_global(const std::string& name);
  void make_global() const;
};

// Where the image of a loaded plugin begins in memory. `handle` is what dlopen() gave.
[[nodiscard]] std::uint64_t base_address_of(void* handle);

}  // namespace forkmap::plugin
