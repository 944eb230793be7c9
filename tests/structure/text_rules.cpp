// SPDX-License-Identifier: Apache-2.0
#include "tests/structure/text_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "tests/structure/code_text.hpp"

namespace forkmap::structure {

namespace {

constexpr std::array kAtomicOperations = {std::string_view{"load"},
                                          std::string_view{"store"},
                                          std::string_view{"exchange"},
                                          std::string_view{"compare_exchange_weak"},
                                          std::string_view{"compare_exchange_strong"},
                                          std::string_view{"fetch_add"},
                                          std::string_view{"fetch_sub"},
                                          std::string_view{"fetch_or"},
                                          std::string_view{"fetch_and"},
                                          std::string_view{"fetch_xor"},
                                          std::string_view{"test_and_set"}};

// Spelled in halves, so that this file does not hold them.
constexpr std::array kUnfinishedMarks = {std::string_view{"TO"
                                                          "DO"},
                                         std::string_view{"FIX"
                                                          "ME"},
                                         std::string_view{"XX"
                                                          "X"},
                                         std::string_view{"HA"
                                                          "CK"}};

[[nodiscard]] bool stands_alone(std::string_view text, std::size_t begin, std::size_t size) {
  const bool before = begin > 0 && is_word(text[begin - 1]);
  const bool after = begin + size < text.size() && is_word(text[begin + size]);
  return !before && !after;
}

[[nodiscard]] std::size_t line_at(std::string_view text, std::size_t position) {
  return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, position), '\n'));
}

// What stands between the parenthesis at `open` and the one that closes it.
[[nodiscard]] std::string_view arguments_at(std::string_view code, std::size_t open) {
  int depth = 0;
  for (std::size_t position = open; position < code.size(); ++position) {
    if (code[position] == '(') ++depth;
    if (code[position] == ')' && --depth == 0) return code.substr(open + 1, position - open - 1);
  }
  return code.substr(open + 1);
}

// A member call, `cell.load(` or `cell->load(`, of the word at `begin`: the place of its
// parenthesis, else npos.
[[nodiscard]] std::size_t member_call(std::string_view code, std::size_t begin, std::size_t size) {
  const std::string_view before = code.substr(0, begin);
  if (!before.ends_with('.') && !before.ends_with("->")) return std::string_view::npos;
  const std::size_t open = code.find_first_not_of(" \n", begin + size);
  return open != std::string_view::npos && code[open] == '(' ? open : std::string_view::npos;
}

[[nodiscard]] std::string_view label_after(std::string_view text) {
  text = text.substr(std::min(text.find_first_not_of(' '), text.size()));
  const auto end = std::ranges::find_if_not(
      text, [](char character) { return is_word(character) || character == '-'; });
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

}  // namespace

Findings check_sync_labels(const SourceTree& tree) {
  constexpr std::string_view mark = "// SYNC:";
  std::map<std::string_view, Findings> places;
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!is_below(file.path, "core") || !is_c_family(file.path)) continue;
    std::size_t number = 0;
    for (const std::string_view line : lines_of(file.text)) {
      ++number;
      const std::size_t at = line.find(mark);
      // Quoted, it is talked about and marks no place.
      if (at == std::string_view::npos || (at > 0 && line[at - 1] == '`')) continue;
      const std::string_view label = label_after(line.substr(at + mark.size()));
      if (label.empty())
        findings.push_back(finding(file.path, number, "a SYNC comment without a label"));
      places[label].push_back(
          finding(file.path, number,
                  "the label stands here only, and has no other end: " + std::string(label)));
    }
  }
  for (const auto& [label, at] : places) {
    if (at.size() < 2 && !label.empty()) findings.push_back(at.front());
  }
  return findings;
}

Findings check_memory_orders(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    const bool counts = is_below(file.path, "core/lane") || is_below(file.path, "core/pool") ||
                        is_below(file.path, "core/shm");
    if (!counts || !is_c_family(file.path)) continue;
    const std::string code = code_only(file.text);
    for (const std::string_view operation : kAtomicOperations) {
      for (std::size_t at = code.find(operation); at != std::string::npos;
           at = code.find(operation, at + 1)) {
        if (!stands_alone(code, at, operation.size())) continue;
        const std::size_t open = member_call(code, at, operation.size());
        if (open == std::string_view::npos) continue;
        if (arguments_at(code, open).find("memory_order") == std::string_view::npos) {
          findings.push_back(finding(file.path, line_at(code, at),
                                     std::string(operation) + " without a memory order"));
        }
      }
    }
  }
  return findings;
}

Findings check_unfinished_work(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    for (const std::string_view word : kUnfinishedMarks) {
      for (std::size_t at = file.text.find(word); at != std::string::npos;
           at = file.text.find(word, at + 1)) {
        if (stands_alone(file.text, at, word.size())) {
          findings.push_back(
              finding(file.path, line_at(file.text, at), "finish it: " + std::string(word)));
        }
      }
    }
  }
  return findings;
}

}  // namespace forkmap::structure
