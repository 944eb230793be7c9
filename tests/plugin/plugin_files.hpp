// SPDX-License-Identifier: Apache-2.0
//
// Where the plugins of this build are, and copies of them.
#pragma once

#include <filesystem>
#include <forkmap/error.hpp>
#include <optional>
#include <string>

#include "tests/kit/descriptors.hpp"
#include "tests/kit/temporary.hpp"

namespace plugin_test {

namespace fs = std::filesystem;

inline std::string example(const std::string& name) {
  return std::string(FORKMAP_PLUGIN_DIR) + "/" + name + ".so";
}
inline std::string bad(const std::string& name) {
  return std::string(FORKMAP_TEST_PLUGIN_DIR) + "/" + name + ".so";
}

using forkmap::tests::open_descriptors;
using forkmap::tests::TemporaryFolder;

// Puts a copy of a plugin's file into a folder; returns its path.
inline std::string copied(const std::string& plugin, const TemporaryFolder& folder,
                          const std::string& name) {
  std::string file = folder.file(name);
  fs::copy_file(plugin, file);
  return file;
}

// Another plugin's file in the place of that one, as an installation does it.
inline void replace_file(const std::string& file, const std::string& plugin) {
  fs::copy_file(plugin, file + ".new");
  fs::rename(file + ".new", file);
}

// The LoadError of what is called; nothing if it throws none.
template <class F>
std::optional<forkmap::LoadError> load_error(F load) {
  try {
    load();
  } catch (const forkmap::LoadError& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace plugin_test
