// SPDX-License-Identifier: Apache-2.0
#include "tests/structure/code_text.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace forkmap::structure {

namespace {

// The end of the literal that a quote at `begin` opens; the closing quote is part of it.
[[nodiscard]] std::size_t end_of_literal(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  std::size_t position = begin + 1;
  while (position < text.size() && text[position] != quote && text[position] != '\n') {
    position += text[position] == '\\' ? 2U : 1U;
  }
  return std::min(position + 1, text.size());
}

// The end of the raw string whose quote is at `begin`: R"mark( ... )mark".
[[nodiscard]] std::size_t end_of_raw_string(std::string_view text, std::size_t begin) {
  const std::size_t open = text.find('(', begin);
  if (open == std::string_view::npos) return text.size();
  const std::string close = ")" + std::string(text.substr(begin + 1, open - begin - 1)) + "\"";
  const std::size_t end = text.find(close, open);
  return end == std::string_view::npos ? text.size() : end + close.size();
}

// The end of the comment or literal that starts at `begin`; `begin` itself if none starts there.
[[nodiscard]] std::size_t end_of_hidden_text(std::string_view text, std::size_t begin) {
  const std::string_view rest = text.substr(begin);
  const char before = begin == 0 ? ' ' : text[begin - 1];
  if (rest.starts_with("//")) return std::min(text.find('\n', begin), text.size());
  if (rest.starts_with("/*")) {
    const std::size_t end = text.find("*/", begin + 2);
    return end == std::string_view::npos ? text.size() : end + 2;
  }
  if (rest.starts_with('"')) {
    return before == 'R' ? end_of_raw_string(text, begin) : end_of_literal(text, begin);
  }
  // A quote after a word's character separates digits, as in 1'000.
  if (rest.starts_with('\'') && !is_word(before)) return end_of_literal(text, begin);
  return begin;
}

}  // namespace

std::string code_only(std::string_view text) {
  std::string code(text);
  std::size_t position = 0;
  while (position < text.size()) {
    const std::size_t end = end_of_hidden_text(text, position);
    for (std::size_t i = position; i < end; ++i) {
      if (code[i] != '\n') code[i] = ' ';
    }
    position = std::max(end, position + 1);
  }
  return code;
}

bool is_word(char character) {
  return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_';
}

}  // namespace forkmap::structure
