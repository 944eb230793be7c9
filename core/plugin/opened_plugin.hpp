// SPDX-License-Identifier: Apache-2.0
//
// Step 1 of a load: the file, looked at from outside. No code of it has run.
#pragma once

#include <forkmap/registry.hpp>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/plugin/elf_file.hpp"
#include "core/plugin/registry_table.hpp"

namespace forkmap::plugin {

struct OpenedPlugin {
  std::string path;       // absolute
  FileIdentity identity;  // of the file on disk
  ElfFacts facts;
  bool in_place = false;
  std::string in_place_reason;  // why, where it was not asked for
  // The bytes that the probe and the host load: a sealed private copy, or the file itself.
  base::UniqueFd image;
  Bind bind = Bind::check;
  std::vector<std::string> global;  // libraries, of LoadOptions

  // What dlopen() is given.
  [[nodiscard]] std::string image_path() const {
    return in_place ? path : "/proc/self/fd/" + std::to_string(image.get());
  }
  // Texts of the dynamic loader name the image; users know the file.
  [[nodiscard]] std::string with_file_name(std::string text) const;
  [[nodiscard]] std::vector<std::string> warnings() const;
};

// Throws LoadError, step "file", "abi" or "open". The descriptor of a private copy has a number
// that the dynamic loader of this process has never seen: it knows loaded objects by path, and
// would silently give the old plugin for a reused number.
[[nodiscard]] OpenedPlugin open_plugin(const std::string& path, bool in_place);

[[nodiscard]] std::string absolute_path(const std::string& path);

// What is said of a shared object that is no plugin, with the recipe that wraps it.
[[nodiscard]] std::string no_plugin_text(const std::string& path);

}  // namespace forkmap::plugin
