// SPDX-License-Identifier: Apache-2.0
#include "host/failures/printed_text.hpp"

#include "core/base/printable_text.hpp"
#include "core/types/message_cut.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kShownBytes = 1000;

}  // namespace

std::string printed_line(std::string_view printed, std::size_t first_index,
                         std::size_t last_index) {
  if (printed.empty()) return {};
  std::string line = "printed";
  if (first_index < last_index) {
    line +=
        " by items " + std::to_string(first_index + 1) + " to " + std::to_string(last_index + 1);
  }
  line += ": ";
  if (printed.size() > kShownBytes) {
    line += "...";
    printed.remove_prefix(types::character_begin(printed, printed.size() - kShownBytes));
  }
  return line + base::printable_line(printed);
}

}  // namespace forkmap::host
