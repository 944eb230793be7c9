// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/plugin_search.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <forkmap/error.hpp>

#include "core/base/executable_path.hpp"
#include "core/plugin/near_names.hpp"

namespace forkmap::plugin {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".so";

}  // namespace

std::vector<std::string> search_folders() {
  std::vector<std::string> folders;
  const auto add = [&folders](const fs::path& folder) {
    std::string text = folder.lexically_normal().string();
    if (std::find(folders.begin(), folders.end(), text) == folders.end()) {
      folders.push_back(std::move(text));
    }
  };
  if (const char* const value = std::getenv("FORKMAP_PLUGIN_PATH")) {
    for (std::string_view rest = value; !rest.empty();) {
      const auto colon = rest.find(':');
      if (const std::string_view folder = rest.substr(0, colon); !folder.empty()) add(folder);
      rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
    }
  }
  const fs::path prefix = fs::path(base::executable_path()).parent_path().parent_path();
  add(prefix / "plugins");
  add(prefix / "lib" / "forkmap" / "plugins");
  add(FORKMAP_INSTALLED_PLUGIN_DIR);
  return folders;
}

std::vector<std::string> installed_plugins() {
  std::vector<std::string> names;
  for (const std::string& folder : search_folders()) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().extension() == kSuffix) names.push_back(entry->path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string find_plugin(const std::string& name_or_path) {
  if (name_or_path.empty()) throw LoadError("\"\"", "search", "the name is empty");
  if (name_or_path.find('\0') != std::string::npos) {
    throw LoadError(name_or_path.substr(0, name_or_path.find('\0')), "search",
                    "the name has a NUL");
  }
  if (name_or_path.find('/') != std::string::npos || name_or_path.ends_with(kSuffix)) {
    return name_or_path;
  }
  const std::vector<std::string> folders = search_folders();
  for (const std::string& folder : folders) {
    const fs::path file = fs::path(folder) / (name_or_path + std::string(kSuffix));
    std::error_code error;
    if (fs::exists(file, error)) return file.string();
  }
  std::string reason = "not found in " + joined(folders);
  const std::vector<std::string> names = installed_plugins();
  const std::vector<std::string> near = near_names(name_or_path, names);
  if (!near.empty()) {
    reason += "; did you mean " + joined(near) + "?";
  } else if (!names.empty()) {
    reason += "; found there: " + joined(names);
  } else {
    reason += "; write a path, or set FORKMAP_PLUGIN_PATH";
  }
  throw LoadError(name_or_path, "search", reason);
}

}  // namespace forkmap::plugin
