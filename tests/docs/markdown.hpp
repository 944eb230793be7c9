// SPDX-License-Identifier: Apache-2.0
//
// As much of Markdown as the documents use: headings, fenced blocks, links.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace forkmap::docs {

// A block between two fences. `note` is what the HTML comment in the line above the first fence
// says, "from FILE [REGION]" or "run"; empty if there is none.
struct Block {
  std::size_t line = 0;  // of the opening fence, from 1
  std::string language;
  std::string note;
  std::string text;  // lines, each with its newline
};

// [text](target), outside of blocks and of code in a line.
struct Link {
  std::size_t line = 0;
  std::string target;
};

struct Document {
  std::filesystem::path path;
  std::vector<Block> blocks;
  std::vector<Link> links;
  std::vector<std::string> anchors;  // what a link's #fragment may name
};

// Throws std::runtime_error for a block that is never closed.
[[nodiscard]] Document parse_markdown(std::string_view text);
// The same from a file; throws std::runtime_error if it cannot be read.
[[nodiscard]] Document read_markdown(const std::filesystem::path& file);
// Every .md file of the repository's root, docs, plugins and tests, sorted by path.
[[nodiscard]] std::vector<Document> read_documents(const std::filesystem::path& root);

[[nodiscard]] std::string read_text(const std::filesystem::path& file);
[[nodiscard]] std::vector<std::string> split_lines(std::string_view text);

}  // namespace forkmap::docs
