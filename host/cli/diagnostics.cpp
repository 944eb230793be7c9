// SPDX-License-Identifier: Apache-2.0
#include "host/cli/diagnostics.hpp"

#include "host/cli/standard_error.hpp"

#include "core/base/printable_text.hpp"

namespace forkmap::host {

namespace {
constexpr std::string_view kEraseLine = "\r\x1b[K";
}

void Diagnostics::say(std::string_view text) {
  write("forkmap: " + base::printable_lines(text) + "\n");
}

void Diagnostics::print(std::string_view lines) { write(base::printable_line(lines, "\n\t")); }

// While a line has only begun there is no place for the status line.
void Diagnostics::forward(std::string_view bytes) {
  if (bytes.empty()) return;
  const bool erases = !status_.empty() && !is_in_line_;
  is_in_line_ = bytes.back() != '\n';
  std::string text = erases ? std::string(kEraseLine) : std::string();
  text += bytes;
  if (!status_.empty() && !is_in_line_) text += status_;
  write_to_standard_error(text);
}

void Diagnostics::show_status(const std::string& text) {
  status_ = text;
  if (is_in_line_) return;
  write_to_standard_error(std::string(kEraseLine) + status_);
}

void Diagnostics::clear_status() {
  if (status_.empty()) return;
  status_.clear();
  if (!is_in_line_) write_to_standard_error(kEraseLine);
}

void Diagnostics::write(std::string text) {
  if (is_in_line_) {
    text = '\n' + text + status_;
  } else if (!status_.empty()) {
    text = std::string(kEraseLine) + text + status_;
  }
  is_in_line_ = false;
  write_to_standard_error(text);
}

}  // namespace forkmap::host
