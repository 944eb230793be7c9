// SPDX-License-Identifier: Apache-2.0
#include "host/shell/statement.hpp"

#include <charconv>

#include "host/cli/usage_error.hpp"

namespace forkmap::host {

namespace {

constexpr std::string_view kBlanks = " \t\r";

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Reads words from the front of a line.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_(text) {}

  // False at the end of the line or at a comment.
  bool next(ShellWord& word) {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    if (at_ == text_.size() || text_[at_] == '#') return false;
    word = {};
    while (at_ < text_.size() && !is_blank(text_[at_])) {
      if (text_[at_] == '"') {
        ++at_;
        word.quoted = true;
        read_quoted(word.text);
      } else {
        word.text += text_[at_++];
      }
    }
    end_ = at_;
    return true;
  }
  [[nodiscard]] std::size_t end_of_last() const noexcept { return end_; }

 private:
  void read_quoted(std::string& out) {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        append_escape(out);
      } else {
        out += text_[at_];
      }
    }
    throw UsageError("a quote (\") has no end");
  }

  void append_escape(std::string& out) {
    switch (text_[at_]) {
      case 'n':
        out += '\n';
        return;
      case 't':
        out += '\t';
        return;
      case 'r':
        out += '\r';
        return;
      case 'x':
        append_hex(out);
        return;
      default:
        out += text_[at_];
    }
  }

  void append_hex(std::string& out) {
    const std::string_view digits = text_.substr(at_ + 1, 2);
    unsigned value = 0;
    const auto end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value, 16);
    if (error != std::errc() || stop != end || digits.size() != 2) {
      throw UsageError("\\x wants two hexadecimal digits");
    }
    out += static_cast<char>(value);
    at_ += 2;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

}  // namespace

std::optional<ShellStatement> parse_statement(std::string_view text, std::uint64_t line) {
  text = trimmed(text);
  ShellStatement statement;
  statement.line = line;
  if (text.starts_with('!')) {
    // A command of the system's shell has its own quotes and comments.
    statement.verb = "!";
    statement.rest = trimmed(text.substr(1));
    return statement;
  }
  WordReader reader(text);
  ShellWord word;
  if (!reader.next(word)) return std::nullopt;
  statement.verb = word.text;
  const std::size_t begin = reader.end_of_last();
  while (reader.next(word)) statement.words.push_back(word);
  statement.rest = trimmed(text.substr(begin, reader.end_of_last() - begin));
  return statement;
}

}  // namespace forkmap::host
