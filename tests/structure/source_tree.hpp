// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace forkmap::structure {

// One text file; the path is relative to the root of the repository.
struct SourceFile {
  std::string path;
  std::string text;
};

using SourceTree = std::vector<SourceFile>;

// "path:line: what is wrong", one for each place. Line 0 means the whole file.
using Findings = std::vector<std::string>;

// All files of the repository that people write, in the order of their paths. Throws
// std::runtime_error if there is no repository at `root`.
[[nodiscard]] SourceTree read_source_tree(const std::filesystem::path& root);

[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);
[[nodiscard]] std::string_view extension_of(std::string_view path);  // "hpp", or nothing
[[nodiscard]] std::string_view name_of(std::string_view path);       // "cell.hpp"
[[nodiscard]] bool is_below(std::string_view path, std::string_view folder);
[[nodiscard]] bool is_header(std::string_view path);
[[nodiscard]] bool is_c_family(std::string_view path);  // headers and sources of C and C++

[[nodiscard]] std::string finding(std::string_view path, std::size_t line, std::string_view what);

// The findings, a line each; empty if there is none.
[[nodiscard]] std::string to_text(const Findings& findings);

}  // namespace forkmap::structure
