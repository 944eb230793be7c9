// SPDX-License-Identifier: Apache-2.0
#include "host/diagnostics.hpp"

#include "host/standard_error.hpp"

namespace forkmap::host {

namespace {
constexpr std::string_view kEraseLine = "\r\x1b[K";
}

void Diagnostics::say(std::string_view text) {
  std::string lines = "forkmap: ";
  for (const char c : text) {
    lines += c;
    if (c == '\n') lines += "  ";
  }
  write(lines + "\n");
}

void Diagnostics::print(std::string_view lines) { write(std::string(lines)); }

void Diagnostics::show_status(const std::string& text) {
  status_ = text;
  write_to_standard_error(std::string(kEraseLine) + status_);
}

void Diagnostics::clear_status() {
  if (status_.empty()) return;
  status_.clear();
  write_to_standard_error(kEraseLine);
}

void Diagnostics::write(std::string text) {
  if (!status_.empty()) text = std::string(kEraseLine) + text + status_;
  write_to_standard_error(text);
}

}  // namespace forkmap::host
