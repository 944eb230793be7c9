// SPDX-License-Identifier: Apache-2.0
#include "tests/structure/source_tree.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace forkmap::structure {

namespace {

// What people write lives in these folders and in the root; build folders may have any other name.
constexpr std::string_view kFolders[] = {"bench", "cmake", "core",    "courier", "docs",
                                         "host",  ".ci",   "plugins", "tests"};

void append_file(SourceTree& tree, const std::filesystem::path& root,
                 const std::filesystem::path& file) {
  std::ifstream input(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(input)), std::istreambuf_iterator<char>());
  if (text.find('\0') != std::string::npos) return;  // not a text
  tree.push_back({file.lexically_relative(root).generic_string(), std::move(text)});
}

}  // namespace

SourceTree read_source_tree(const std::filesystem::path& root) {
  if (!std::filesystem::exists(root / "core" / "CMakeLists.txt")) {
    throw std::runtime_error("no source tree of forkmap at " + root.string());
  }
  SourceTree tree;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (entry.is_regular_file()) append_file(tree, root, entry.path());
  }
  for (const std::string_view folder : kFolders) {
    if (!std::filesystem::exists(root / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      if (entry.is_regular_file()) append_file(tree, root, entry.path());
    }
  }
  std::ranges::sort(tree, {}, &SourceFile::path);
  return tree;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view name_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view extension_of(std::string_view path) {
  const std::string_view name = name_of(path);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
}

bool is_below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

bool is_header(std::string_view path) {
  const std::string_view extension = extension_of(path);
  return extension == "hpp" || extension == "h";
}

bool is_c_family(std::string_view path) {
  const std::string_view extension = extension_of(path);
  return is_header(path) || extension == "cpp" || extension == "c";
}

std::string finding(std::string_view path, std::size_t line, std::string_view what) {
  return std::string(path) + ":" + std::to_string(line) + ": " + std::string(what);
}

std::string to_text(const Findings& findings) {
  std::string text;
  for (const std::string& each : findings) text += each + "\n";
  return text;
}

}  // namespace forkmap::structure
