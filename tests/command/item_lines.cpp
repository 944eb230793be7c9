// SPDX-License-Identifier: Apache-2.0
#include "tests/command/item_lines.hpp"

#include <array>
#include <charconv>

namespace forkmap::cli {

namespace {

// Tests make millions of lines, with a sanitizer.
void append_line(std::string& lines, long number) {
  std::array<char, 24> line;
  char* end = std::to_chars(line.data(), line.data() + line.size(), number).ptr;
  *end++ = '\n';
  lines.append(line.data(), end);
}

}  // namespace

std::string numbers(long first, long last) {
  std::string lines;
  for (long i = first; i <= last; ++i) append_line(lines, i);
  return lines;
}

std::string numbers(long last) { return numbers(1, last); }

std::string squares(long last) {
  std::string lines;
  for (long i = 1; i <= last; ++i) append_line(lines, i * i);
  return lines;
}

std::string same_items(int count, const std::string& text) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += text + "\n";
  return lines;
}

}  // namespace forkmap::cli
