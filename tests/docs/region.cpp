// SPDX-License-Identifier: Apache-2.0
#include "tests/docs/region.hpp"

#include <algorithm>
#include <regex>
#include <stdexcept>
#include <vector>

#include "tests/docs/markdown.hpp"

namespace forkmap::docs {

namespace {

// The mark in a line, "square" or "square end"; empty for any other line.
std::string mark_of(const std::string& line) {
  static const std::regex mark(R"(\s*(?://|/\*|!|#)\s*\[([a-z0-9_ -]+)\]\s*(?:\*/)?\s*)");
  std::smatch found;
  return std::regex_match(line, found, mark) ? found[1].str() : std::string();
}

std::string without_shared_indentation(const std::vector<std::string>& lines) {
  std::size_t shared = std::string::npos;
  for (const std::string& line : lines) {
    if (const std::size_t at = line.find_first_not_of(' '); at != std::string::npos) {
      shared = std::min(shared, at);
    }
  }
  std::string text;
  for (const std::string& line : lines) text += line.substr(std::min(shared, line.size())) + "\n";
  return text;
}

}  // namespace

std::string region_of(std::string_view source, const std::string& name) {
  std::vector<std::string> inside;
  bool open = false;
  bool found = false;
  for (const std::string& line : split_lines(source)) {
    const std::string mark = mark_of(line);
    if (mark == name) {
      if (found) throw std::runtime_error("region [" + name + "] is there twice");
      open = true;
      found = true;
    } else if (mark == name + " end") {
      if (!open) throw std::runtime_error("region [" + name + "] ends before it begins");
      open = false;
    } else if (open && mark.empty()) {
      inside.push_back(line);
    }
  }
  if (!found) throw std::runtime_error("there is no region [" + name + "]");
  if (open) throw std::runtime_error("region [" + name + "] has no end");
  return without_shared_indentation(inside);
}

std::optional<RegionName> region_name(std::string_view note) {
  static const std::regex form(R"(from (\S+) \[([a-z0-9_ -]+)\])");
  const std::string text(note);
  std::smatch found;
  if (!std::regex_match(text, found, form)) return std::nullopt;
  return RegionName{found[1].str(), found[2].str()};
}

}  // namespace forkmap::docs
