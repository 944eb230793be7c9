// SPDX-License-Identifier: Apache-2.0
//
// Names as they stood in the source. Whoever wrote the file that a mangled name comes from is not
// to be believed: it may stand for more text than there is memory for (forkmap/mangled_name.hpp).
#pragma once

#include <chrono>
#include <map>
#include <string>

namespace forkmap::base {

// What a C++ compiler made symbols from.
class SymbolNames {
 public:
  // Other symbols stay as they are (a C function may be named f, which would be a float); so do
  // those that are longer than 4096 bytes, or would take too long. At most 16 KiB. A name that
  // refers to itself more often than is sure to be harmless is expanded by a child process; all of
  // these together may take a second.
  [[nodiscard]] std::string of(const std::string& symbol);

 private:
  std::map<std::string, std::string> known_;  // of what took a child
  std::chrono::nanoseconds left_ = std::chrono::seconds(1);
};

}  // namespace forkmap::base
