// SPDX-License-Identifier: Apache-2.0
#include "host/diagnostics.hpp"

#include <unistd.h>

#include <cerrno>

#include "core/base/printable_text.hpp"

namespace forkmap::host {

namespace {

constexpr std::string_view kEraseLine = "\r\x1b[K";

// Standard error that cannot be written has nobody to be told.
void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count < 0 && errno != EINTR) return;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

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
  write_all(text);
}

void Diagnostics::show_status(const std::string& text) {
  status_ = text;
  if (is_in_line_) return;
  write_all(std::string(kEraseLine) + status_);
}

void Diagnostics::clear_status() {
  if (status_.empty()) return;
  status_.clear();
  if (!is_in_line_) write_all(kEraseLine);
}

void Diagnostics::write(std::string text) {
  if (is_in_line_) {
    text = '\n' + text + status_;
  } else if (!status_.empty()) {
    text = std::string(kEraseLine) + text + status_;
  }
  is_in_line_ = false;
  write_all(text);
}

}  // namespace forkmap::host
