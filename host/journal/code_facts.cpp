// SPDX-License-Identifier: Apache-2.0
#include "host/journal/code_facts.hpp"

#include <link.h>

#include <algorithm>

#include "core/base/file_name.hpp"
#include "host/cli/processor_name.hpp"
#include "host/io/file_content.hpp"

namespace forkmap::host {

namespace {

void add_plugin(const plugin::PluginEntry& plugin, JournalFacts& code) {
  std::string text = content_of(plugin.image);
  if (!plugin.identity.build_id.empty()) text += ", build-id " + plugin.identity.build_id;
  code["code of " + plugin.name] = std::move(text);
}

// Two objects of one name are told apart by their order, which is that of loading.
void add_library(const std::string& path, JournalFacts& facts) {
  std::string name = "library " + std::string(base::file_name(path));
  while (facts.contains(name)) name += ", another";
  facts[name] = path + ", " + content_of(path);
}

// The images of plugins: links of the kernel, for private copies.
bool is_plugin(const std::string& path, const plugin::RegistryTable& table) {
  if (path.starts_with("/proc/self/fd/") || path.starts_with("/memfd:")) return true;
  return std::ranges::any_of(
      table.plugins(), [&path](const plugin::PluginEntry& plugin) { return plugin.path == path; });
}

}  // namespace

std::vector<std::string> loaded_files() {
  std::vector<std::string> files;
  const auto add = [](dl_phdr_info* info, std::size_t, void* all) {
    // The program has no name, and what the kernel brings is no file.
    if (std::string(info->dlpi_name).find('/') != std::string::npos) {
      static_cast<std::vector<std::string>*>(all)->emplace_back(info->dlpi_name);
    }
    return 0;
  };
  ::dl_iterate_phdr(add, &files);
  return files;
}

PluginFingerprint fingerprint_of(const plugin::FunctionEntry& function,
                                 const plugin::RegistryTable& table,
                                 const std::vector<std::string>& before) {
  PluginFingerprint print;
  if (function.plugin != nullptr) add_plugin(*function.plugin, print.code);
  for (const std::string& path : loaded_files()) {
    const bool was_there = std::ranges::find(before, path) != before.end();
    if (was_there) {
      add_library(path, print.machine);
    } else if (!is_plugin(path, table)) {
      add_library(path, print.code);
    }
  }
  print.machine["forkmap"] = FORKMAP_VERSION;
  print.machine["processor"] = processor_name();
  return print;
}

}  // namespace forkmap::host
