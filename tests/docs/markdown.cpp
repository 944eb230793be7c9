// SPDX-License-Identifier: Apache-2.0
#include "tests/docs/markdown.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace forkmap::docs {

namespace {

constexpr std::string_view kFence = "```";
constexpr std::string_view kNoteBegin = "<!-- ";
constexpr std::string_view kNoteEnd = " -->";

std::string note_of(std::string_view line) {
  if (!line.starts_with(kNoteBegin) || !line.ends_with(kNoteEnd)) return {};
  line.remove_prefix(kNoteBegin.size());
  line.remove_suffix(kNoteEnd.size());
  return std::string(line);
}

// Without what stands between backquotes.
std::string without_code(std::string_view line) {
  std::string plain;
  bool in_code = false;
  for (const char letter : line) {
    if (letter == '`') in_code = !in_code;
    if (letter != '`' && !in_code) plain += letter;
  }
  return plain;
}

void take_links(std::string_view line, std::size_t number, std::vector<Link>& links) {
  const std::string plain = without_code(line);
  for (std::size_t at = plain.find("]("); at != std::string::npos; at = plain.find("](", at + 1)) {
    const std::size_t end = plain.find(')', at);
    if (end == std::string::npos) return;
    links.push_back({number, plain.substr(at + 2, end - at - 2)});
  }
}

// The anchor that the usual renderers make of a heading: letters and digits in lower case, spaces
// as hyphens, no other marks.
std::string anchor_of(std::string_view heading) {
  std::string anchor;
  for (const char letter : heading) {
    const auto byte = static_cast<unsigned char>(letter);
    if (std::isalnum(byte) != 0 || letter == '-' || letter == '_') {
      anchor += static_cast<char>(std::tolower(byte));
    } else if (letter == ' ') {
      anchor += '-';
    }
  }
  return anchor;
}

// The second heading of a name gets -1, the third -2.
void add_anchor(const std::string& anchor, std::vector<std::string>& anchors) {
  std::string free = anchor;
  for (int number = 1; std::ranges::find(anchors, free) != anchors.end(); ++number) {
    free = anchor + "-" + std::to_string(number);
  }
  anchors.push_back(free);
}

}  // namespace

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string read_text(const std::filesystem::path& file) {
  std::ifstream input(file, std::ios::binary);
  if (!input) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
}

Document parse_markdown(std::string_view text) {
  Document document;
  bool in_block = false;
  std::string before;  // the line above
  std::size_t number = 0;
  for (const std::string& line : split_lines(text)) {
    ++number;
    if (in_block) {
      if (line == kFence) {
        in_block = false;
      } else {
        document.blocks.back().text += line + "\n";
      }
    } else if (line.starts_with(kFence)) {
      document.blocks.push_back({number, line.substr(kFence.size()), note_of(before), {}});
      in_block = true;
    } else {
      take_links(line, number, document.links);
      const std::size_t level = std::min(line.find_first_not_of('#'), line.size());
      if (level > 0 && level < line.size() && line[level] == ' ') {
        add_anchor(anchor_of(std::string_view(line).substr(level + 1)), document.anchors);
      }
    }
    before = line;
  }
  if (in_block) {
    throw std::runtime_error("the block of line " + std::to_string(document.blocks.back().line) +
                             " is never closed");
  }
  return document;
}

Document read_markdown(const std::filesystem::path& file) {
  Document document = parse_markdown(read_text(file));
  document.path = file;
  return document;
}

std::vector<Document> read_documents(const std::filesystem::path& root) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  const auto take = [&files](const fs::directory_entry& entry) {
    if (entry.is_regular_file() && entry.path().extension() == ".md") files.push_back(entry.path());
  };
  for (const auto& entry : fs::directory_iterator(root)) take(entry);
  for (const char* const folder : {"docs", "plugins", "tests"}) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) take(entry);
  }
  std::ranges::sort(files);
  std::vector<Document> documents;
  for (const fs::path& file : files) documents.push_back(read_markdown(file));
  return documents;
}

}  // namespace forkmap::docs
