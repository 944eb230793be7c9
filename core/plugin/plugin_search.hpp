// SPDX-License-Identifier: Apache-2.0
//
// From what a user writes for a plugin to the path of a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace forkmap::plugin {

// Folders that bare names are searched in, in order: those of FORKMAP_PLUGIN_PATH (separated by
// colons), the build tree's beside the executable, the installed ones. Not all need exist.
[[nodiscard]] std::vector<std::string> search_folders();

// A value with '/' or ending in ".so" is a path, relative to the working directory, and is returned
// as it stands. A bare name is NAME.so in the first search folder that has it. Throws LoadError,
// step "search", with the folders that were searched and names that look like it.
[[nodiscard]] std::string find_plugin(const std::string& name_or_path);

// Names (without ".so") of all plugins in the search folders, sorted.
[[nodiscard]] std::vector<std::string> installed_plugins();

}  // namespace forkmap::plugin
