// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "host/journal/record.hpp"

namespace forkmap::host {

inline JournalRecord some_record() {
  JournalRecord record;
  record.sequence = 12;
  record.settled.add(0, 100);
  record.settled.add(200, 5);
  record.settled.add(300, 1);
  record.input = {90, 512, {0xfedcba9876543210, 7}};
  record.ahead = {0x0123456789abcdef, 0xfedcba9876543210};
  record.is_open = true;
  record.input_file = {.device = 1, .inode = 2, .size_bytes = 3, .modified_ns = 4, .changed_ns = 5};
  record.output = {1U << 31U, {1, 2}, record.input_file};
  record.failures = 3;
  record.failure_file = {77, {3, 4}, {}};
  record.reduction = "3 0 9 0 0";
  return record;
}

inline JournalHeader header(const std::string& function) {
  return {.run = {{"function", function}}, .machine = {{"threads", "1"}}};
}

inline std::string journal_text() {
  JournalRecord later = some_record();
  later.sequence = 13;
  later.output.bytes += 5;
  return to_line(header("arith:square")) + to_line(some_record()) + to_line(later);
}

}  // namespace forkmap::host
