// SPDX-License-Identifier: Apache-2.0
//
// Which plugins a run needs, and when each is loaded.
#pragma once

#include <forkmap/registry.hpp>
#include <map>
#include <string>
#include <vector>

#include "core/plugin/registry_table.hpp"
#include "host/cli/diagnostics.hpp"
#include "host/nodes/plugin_stock.hpp"
#include "host/nodes/received_plugins.hpp"
#include "host/options/run_options.hpp"
#include "host/source/source_plugin.hpp"

namespace forkmap::host {

// FUNCTION as written: "square", "arith:square", "./my.so:square"; "./my.so" is a plugin alone.
struct FunctionReference {
  std::string plugin;    // a name or path; may be empty
  std::string function;  // empty: the only one that the plugin has
};
[[nodiscard]] FunctionReference parse_function(const std::string& text);

class FunctionChoice {
 public:
  FunctionChoice(Registry& registry, const RunOptions& options, Diagnostics& diagnostics);

  // Warnings about plugins go to the diagnostics.
  // Loads the plugins of -p, and the one that FUNCTION names unless it is to be loaded late. Throws
  // LoadError.
  void load();
  void load_late();
  [[nodiscard]] bool has_late_plugins() const noexcept { return !options_.late_plugins.empty(); }
  // After all loads. Throws UnknownFunction, AmbiguousFunction; UsageError, with the functions that
  // there are, if a plugin alone was named and has not exactly one.
  [[nodiscard]] const plugin::FunctionEntry& resolve() const;
  // The files of all objects that were there before the first plugin.
  [[nodiscard]] const std::vector<std::string>& files_before() const noexcept {
    return files_before_;
  }

  // Before load(): the words by which the run names plugins, as far as that can be said without
  // loading one.
  [[nodiscard]] std::vector<std::string> words() const;
  // Before load(): what is to be loaded for some of these words.
  void take_files(const PluginFiles& files) { files_ = files; }
  // Before load(), behind take_files(): builds those of the words that are source files. Throws
  // UsageError.
  void build_sources();
  // After load(): what these words have named; late plugins as they lie on the disk now.
  [[nodiscard]] std::vector<NamedPlugin> named_plugins() const;

 private:
  void take_built(const std::string& word, SourcePlugin&& plugin);
  void load_named();
  PluginInfo load_one(const std::string& name_or_path);
  [[nodiscard]] bool is_late(const std::string& plugin) const;
  [[nodiscard]] bool names_plugin_alone() const;
  [[nodiscard]] const plugin::FunctionEntry& only_function() const;

  Registry& registry_;
  const RunOptions& options_;
  std::vector<std::string> files_before_;
  FunctionReference reference_;
  Diagnostics& diagnostics_;
  std::string plugin_name_;  // of the plugin that FUNCTION names, once it is loaded
  PluginFiles files_;        // to be loaded for their words
  std::vector<SourcePlugin> built_;
  std::map<std::string, std::string> loaded_;  // by words: the names of plugins
};

}  // namespace forkmap::host
