// SPDX-License-Identifier: Apache-2.0
#include "host/text/table.hpp"

#include <algorithm>

#include "core/base/printable_text.hpp"

namespace forkmap::host {

std::string aligned(std::vector<std::vector<std::string>> rows,
                    const std::vector<std::size_t>& right) {
  for (auto& row : rows) {
    for (std::string& cell : row) cell = base::printable_line(cell);
  }
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      const bool at_right = std::ranges::find(right, i) != right.end();
      if (i > 0) text += "  ";
      text += at_right ? padding + row[i] : row[i];
      if (!at_right && i + 1 < row.size()) text += padding;
    }
    // What ends a line is no padding.
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

}  // namespace forkmap::host
