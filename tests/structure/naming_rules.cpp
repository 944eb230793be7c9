// SPDX-License-Identifier: Apache-2.0
#include "tests/structure/naming_rules.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace forkmap::structure {

namespace {

constexpr std::array kCatchAlls = {std::string_view{"util"},    std::string_view{"utils"},
                                   std::string_view{"common"},  std::string_view{"helper"},
                                   std::string_view{"helpers"}, std::string_view{"misc"}};

// "a/util.hpp" is made of "a" and "util".
[[nodiscard]] bool has_catch_all_part(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (std::ranges::find(kCatchAlls, part.substr(0, part.find('.'))) != kCatchAlls.end())
      return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

[[nodiscard]] bool carries_licence(std::string_view path) {
  const std::string_view extension = extension_of(path);
  return is_c_family(path) || extension == "f90" || extension == "cmake" || extension == "sh";
}

}  // namespace

Findings check_no_catch_all(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (has_catch_all_part(file.path)) {
      findings.push_back(finding(file.path, 0, "name it for what it does"));
    }
  }
  return findings;
}

Findings check_unique_names(const SourceTree& tree) {
  Findings findings;
  std::map<std::string_view, std::string_view> first_with_name;
  for (const SourceFile& file : tree) {
    const std::string_view name = name_of(file.path);
    if (!is_below(file.path, "core") || name == "CMakeLists.txt") continue;
    const auto [first, is_new] = first_with_name.emplace(name, file.path);
    if (!is_new) {
      findings.push_back(finding(file.path, 0, "has the name of " + std::string(first->second)));
    }
  }
  return findings;
}

Findings check_licence_lines(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!carries_licence(file.path)) continue;
    const auto lines = lines_of(file.text);
    // A script's first line is for the system.
    const std::size_t at = !lines.empty() && lines.front().starts_with("#!") ? 1 : 0;
    const bool there = lines.size() > at && lines[at].find("SPDX-License-Identifier: Apache-2.0") !=
                                                std::string_view::npos;
    if (!there) findings.push_back(finding(file.path, at + 1, "the licence line is missing"));
  }
  return findings;
}

Findings check_header_guards(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!is_header(file.path)) continue;
    const auto lines = lines_of(file.text);
    const auto is_line = [&lines](std::string_view wanted) {
      return std::ranges::any_of(
          lines, [wanted](std::string_view line) { return line.starts_with(wanted); });
    };
    // C99 has no #pragma once; a C header has the older guard.
    const bool guarded =
        is_line("#pragma once") || (extension_of(file.path) == "h" && is_line("#ifndef ") &&
                                    is_line("#define ") && is_line("#endif"));
    if (!guarded) findings.push_back(finding(file.path, 1, "the header has no #pragma once"));
  }
  return findings;
}

Findings check_own_headers(const SourceTree& tree) {
  std::set<std::string_view> paths;
  for (const SourceFile& file : tree) paths.insert(file.path);
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!is_below(file.path, "host") || extension_of(file.path) != "cpp") continue;
    const std::string header = file.path.substr(0, file.path.size() - 3) + "hpp";
    if (paths.contains(header) || file.path == "host/main.cpp") continue;
    findings.push_back(finding(file.path, 0, "has no header of its own"));
  }
  return findings;
}

}  // namespace forkmap::structure
