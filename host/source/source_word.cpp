// SPDX-License-Identifier: Apache-2.0
#include "host/source/source_word.hpp"

#include <array>
#include <cctype>
#include <filesystem>
#include <utility>

namespace forkmap::host {

namespace {

constexpr std::array kEndings = {
    std::pair{".cpp", Language::cxx},     std::pair{".cc", Language::cxx},
    std::pair{".cxx", Language::cxx},     std::pair{".c", Language::c},
    std::pair{".f90", Language::fortran}, std::pair{".f95", Language::fortran},
    std::pair{".f03", Language::fortran}, std::pair{".f08", Language::fortran},
    std::pair{".f", Language::fortran},   std::pair{".for", Language::fortran}};

std::string trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(' ');
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(' ') - from + 1));
}

// "over(f64)" -> "over" and "f64".
void split_function(std::string_view text, SourceWord& word) {
  const auto open = text.find('(');
  if (open != std::string_view::npos && text.ends_with(')')) {
    word.arguments = trimmed(text.substr(open + 1, text.size() - open - 2));
    text = text.substr(0, open);
  }
  word.function = trimmed(text);
}

bool may_be_in_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-';
}

}  // namespace

std::optional<SourceWord> source_word(const std::string& text) {
  // The first ending counts: what is behind it may have colons and dots of its own.
  for (std::size_t dot = text.find('.'); dot != std::string::npos; dot = text.find('.', dot + 1)) {
    for (const auto& [ending, language] : kEndings) {
      if (!std::string_view(text).substr(dot).starts_with(ending)) continue;
      const std::size_t end = dot + std::string_view(ending).size();
      if (dot == 0 || text[dot - 1] == '/') continue;
      if (end < text.size() && text[end] != ':') continue;
      SourceWord word{.file = text.substr(0, end), .language = language};
      if (end < text.size()) split_function(std::string_view(text).substr(end + 1), word);
      return word;
    }
  }
  return std::nullopt;
}

std::string plugin_name_of(const std::string& file) {
  std::string name = std::filesystem::path(file).stem();
  for (char& c : name) {
    if (!may_be_in_name(c)) c = '_';
  }
  return name;
}

std::string function_name_of(std::string_view function) {
  std::string name;
  if (function.starts_with("::")) function.remove_prefix(2);
  for (std::size_t at = 0; at < function.size(); ++at) {
    const char c = function[at];
    if (function.substr(at).starts_with("::")) {
      name += '.';
      ++at;
    } else if (may_be_in_name(c)) {
      name += c;
    } else if (c != ' ' && c != '>') {
      name += '-';
    }
  }
  return name;
}

}  // namespace forkmap::host
