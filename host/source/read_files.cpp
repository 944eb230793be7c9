// SPDX-License-Identifier: Apache-2.0
#include "host/source/read_files.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "host/source/compiler.hpp"

namespace forkmap::host {

namespace fs = std::filesystem;

namespace {

constexpr int kMostDepth = 8;

std::vector<std::string> included_files(const std::string& source, int depth) {
  std::vector<std::string> files = {source};
  if (depth > kMostDepth) return files;
  std::ifstream file(source);
  for (std::string line; std::getline(file, line);) {
    std::string lower = line;
    std::ranges::transform(lower, lower.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::size_t word = lower.find_first_not_of(" \t#");
    if (word == std::string::npos || lower.compare(word, 7, "include") != 0) continue;
    const std::size_t from = line.find_first_of("'\"", word);
    const std::size_t to = from == std::string::npos ? from : line.find(line[from], from + 1);
    if (to == std::string::npos) continue;
    const fs::path path = fs::path(source).parent_path() / line.substr(from + 1, to - from - 1);
    std::error_code error;
    if (fs::is_regular_file(path, error)) append_words(files, included_files(path, depth + 1));
  }
  return files;
}

}  // namespace

// The names behind the target; a blank in a name has a backslash.
std::vector<std::string> files_of_rule(const std::string& path) {
  std::ifstream file(path);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::size_t colon = text.find(": ");
  std::vector<std::string> files;
  std::string one;
  const auto end_name = [&] {
    if (!one.empty()) files.push_back(std::exchange(one, {}));
  };
  for (std::size_t at = colon == std::string::npos ? text.size() : colon + 1; at < text.size();
       ++at) {
    const char c = text[at];
    if (c == '\\' && at + 1 < text.size()) {
      ++at;
      if (text[at] != '\n') one += text[at];
    } else if (c == ' ' || c == '\n') {
      end_name();
    } else {
      one += c;
    }
  }
  end_name();
  return files;
}

std::vector<std::string> included_files(const std::string& source) {
  return included_files(source, 0);
}

}  // namespace forkmap::host
