// SPDX-License-Identifier: Apache-2.0
#include "host/demo/files.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <forkmap/error.hpp>
#include <sstream>
#include <system_error>

#include "host/io/child_output.hpp"

namespace forkmap::host {

namespace fs = std::filesystem;

namespace {

constexpr const char* kFallback = "/usr/include";

// What the compiler says when it is asked, line by line: it lists its folders between two marks.
std::vector<std::string> folders_in(const std::string& answer) {
  std::vector<std::string> folders;
  std::istringstream lines(answer);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#include <...>")) {
      inside = true;
    } else if (line.starts_with("End of search list")) {
      inside = false;
    } else if (inside && line.starts_with(' ')) {
      folders.push_back(line.substr(1));
    }
  }
  return folders;
}

std::vector<std::string> folders_of(const std::string& compiler) {
  try {
    return folders_in(child_output({compiler, "-E", "-x", "c++", "-v", "/dev/null"}, {"LC_ALL=C"},
                                   ChildErrors::with_output)
                          .output);
  } catch (const SystemError&) {
    return {};  // there is no such compiler
  }
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [in_folder, in_path] =
      std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return in_folder == folder.end() && in_path != path.end();
}

}  // namespace

std::vector<std::string> compiler_include_folders() {
  std::vector<std::string> named;
  for (const char* const compiler : {"c++", "g++", "clang++"}) {
    named = folders_of(compiler);
    if (!named.empty()) break;
  }
  if (named.empty()) named.emplace_back(kFallback);
  std::vector<fs::path> folders;
  for (const std::string& name : named) {
    std::error_code error;
    const fs::path folder = fs::canonical(name, error);
    if (!error && std::ranges::find(folders, folder) == folders.end()) folders.push_back(folder);
  }
  std::vector<std::string> outermost;
  for (const fs::path& folder : folders) {
    const bool is_inner = std::ranges::any_of(
        folders, [&folder](const fs::path& other) { return is_below(folder, other); });
    if (!is_inner) outermost.push_back(folder.string());
  }
  return outermost;
}

std::vector<std::string> readable_files_below(const std::vector<std::string>& folders) {
  std::vector<std::string> files;
  for (const std::string& folder : folders) {
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied,
                                           error);
    for (const fs::recursive_directory_iterator end; !error && entry != end;
         entry.increment(error)) {
      std::error_code unknown;
      if (!entry->is_regular_file(unknown)) continue;
      std::string path = entry->path().string();
      const bool is_readable = ::access(path.c_str(), R_OK) == 0;
      if (is_readable && path.find('\n') == std::string::npos) files.push_back(std::move(path));
    }
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace forkmap::host
