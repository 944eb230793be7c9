// SPDX-License-Identifier: Apache-2.0
#include "host/shell/value.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kLongestList = 100;
constexpr std::size_t kKeptAtEnds = 5;

// `escaped` has no line end or TAB any more, but it may have quotes.
std::string in_quotes(std::string_view escaped) {
  std::string out = "\"";
  for (const char c : escaped) {
    if (c == '"') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string shown_array(std::string_view text) {
  std::string out = "[";
  for (const char c : text) {
    out += c;
    if (c == ',') out += ' ';
  }
  return out + ']';
}

std::string shown_column(types::Type type, std::string_view text) {
  if (is_text(type)) return in_quotes(text);
  if (type.is_array()) return shown_array(text);
  return std::string(text);
}

}  // namespace

bool is_text(types::Type type) noexcept {
  return type.code == FORKMAP_STR || type.code == FORKMAP_BYTES;
}

std::string shown_result(const types::Signature& signature, std::string_view row) {
  if (signature.results.empty()) return "()";
  if (signature.results.size() == 1) return shown_column(signature.results.front(), row);
  std::string out = "(";
  for (const types::Type type : signature.results) {
    const std::size_t end = row.find('\t');
    if (out.size() > 1) out += ", ";
    out += shown_column(type, row.substr(0, end));
    row = end == std::string_view::npos ? std::string_view() : row.substr(end + 1);
  }
  return out + ')';
}

std::string shown_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '\n':
        escaped += "\\n";
        break;
      case '\t':
        escaped += "\\t";
        break;
      case '\r':
        escaped += "\\r";
        break;
      case '\\':
        escaped += "\\\\";
        break;
      default:
        escaped += c;
    }
  }
  return in_quotes(escaped);
}

std::string shown_list(std::span<const std::string> shown) {
  const bool is_long = shown.size() > kLongestList;
  std::string out = "[";
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (is_long && i == kKeptAtEnds) {
      out += ", ...";
      i = shown.size() - kKeptAtEnds;
    }
    if (i > 0) out += ", ";
    out += shown[i];
  }
  out += ']';
  if (is_long) out += " (" + std::to_string(shown.size()) + " values)";
  return out;
}

}  // namespace forkmap::host
