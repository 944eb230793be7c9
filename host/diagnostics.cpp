// SPDX-License-Identifier: Apache-2.0
#include "host/diagnostics.hpp"

#include <unistd.h>

#include <cerrno>

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
  write_all(std::string(kEraseLine) + status_);
}

void Diagnostics::clear_status() {
  if (status_.empty()) return;
  status_.clear();
  write_all(kEraseLine);
}

void Diagnostics::write(std::string text) {
  if (!status_.empty()) text = std::string(kEraseLine) + text + status_;
  write_all(text);
}

}  // namespace forkmap::host
