// SPDX-License-Identifier: Apache-2.0
#include "tests/command/item_lines.hpp"

namespace forkmap::cli {

std::string numbers(long first, long last) {
  std::string lines;
  for (long i = first; i <= last; ++i) lines += std::to_string(i) + "\n";
  return lines;
}

std::string numbers(long last) { return numbers(1, last); }

std::string squares(long last) {
  std::string lines;
  for (long i = 1; i <= last; ++i) lines += std::to_string(i * i) + "\n";
  return lines;
}

std::string same_items(int count, const std::string& text) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += text + "\n";
  return lines;
}

}  // namespace forkmap::cli
