// SPDX-License-Identifier: Apache-2.0
//
// The lines of a journal. Each is the checksum of its text, a space, and its text, in JSON:
//   ef46db3751d8e999 {"forkmap_journal":1,"run":{"function":"arith:square (i64) -> i64",...}}
//   0123456789abcdef {"sequence":7,"items":4096,...}
// A line without its newline, or with another checksum, was not written whole, or was damaged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/input_places.hpp"
#include "host/journal_header.hpp"
#include "host/settled_items.hpp"

namespace forkmap::host {

// What was on the disk when it was written: whatever of the files lies behind, does not count.
struct JournalRecord {
  std::uint64_t sequence = 0;  // from 1; 0: nothing was done
  SettledItems settled = {};   // items whose lines and failures are in the files
  InputPlace input = {};       // at or before the end of those without a gap
  std::uint64_t output_bytes = 0;
  std::uint64_t failures = 0;  // items that failed
  std::uint64_t failure_bytes = 0;
  std::string reduction = {};  // the state of an Accumulator; empty if there is none
  bool finished = false;       // the input was at its end, and everything is there
  friend bool operator==(const JournalRecord&, const JournalRecord&) = default;
};

[[nodiscard]] std::string to_line(const JournalHeader& header);
[[nodiscard]] std::string to_line(const JournalRecord& record);

// Nothing if the line (without its newline) is no header, or record, that was written whole.
[[nodiscard]] std::optional<JournalHeader> parse_header(std::string_view line);
[[nodiscard]] std::optional<JournalRecord> parse_record(std::string_view line);

// A journal as it was found.
struct JournalContent {
  enum class State : std::uint8_t {
    nothing,  // no line that was written to its end: nothing was begun
    damaged,  // lines, and none is a header whose checksum holds
    begun     // the last header, and the records behind it, count
  };
  State state = State::nothing;
  JournalHeader header = {};
  JournalRecord last = {};      // the last record whose checksum holds
  std::uint64_t end_bytes = 0;  // of the journal, behind that record
};
[[nodiscard]] JournalContent read_journal(std::string_view text);

}  // namespace forkmap::host
