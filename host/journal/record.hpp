// SPDX-License-Identifier: Apache-2.0
//
// The lines of a journal, and what vouches for what. Each is the checksum of its text, a space, and
// its text, in JSON:
//   ef46db3751d8e999 {"forkmap_journal":2,"run":{"function":"arith:square (i64) -> i64",...},...}
//   0123456789abcdef {"sequence":7,"items":4096,...}
// A line without its newline, or with another checksum, was not written whole, or was damaged.
//
// A record vouches for everything that it says is done:
//  R1 For items: the hash of the bytes of the input before `input` (InputPlace), and `ahead`, the
//     sum for the settled items behind it (InputPlaces).
//  R2 For results and failures: the hash of their first bytes (VouchedBytes).
//  R3 Where the system says that a file is as it was (FileStamp), its content is believed.
//  R4 Not for a last line that had no terminator (`is_open`): it counts once it has been read again
//     and is the same. Else the last record that is not open counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/input/resume_claim.hpp"
#include "host/input/settled_items.hpp"
#include "host/io/file_stamp.hpp"
#include "host/io/vouched_bytes.hpp"
#include "host/journal/header.hpp"

namespace forkmap::host {

// What was on the disk when it was written: whatever of the files lies behind, does not count.
struct JournalRecord {
  std::uint64_t sequence = 0;  // from 1; 0: nothing was done
  SettledItems settled = {};   // items whose lines and failures are in the files
  InputPlace input = {};       // at or before the end of those without a gap
  Hash128 ahead = {};
  bool is_open = false;
  std::optional<FileStamp> input_file = {};
  std::optional<WholeInput> whole_input = {};  // in the last record, if it is finished
  VouchedBytes output = {};
  std::uint64_t failures = 0;  // items that failed
  VouchedBytes failure_file = {};
  std::string reduction = {};  // the state of an Accumulator; empty if there is none
  bool finished = false;       // the input was at its end, and everything is there
  friend bool operator==(const JournalRecord&, const JournalRecord&) = default;

  [[nodiscard]] ResumeClaim claim() const { return {input, settled, ahead, is_open, input_file}; }
};

[[nodiscard]] std::string to_line(const JournalHeader& header);
[[nodiscard]] std::string to_line(const JournalRecord& record);

// Nothing if the line (without its newline) is no header, or record, that was written whole.
[[nodiscard]] std::optional<JournalHeader> parse_header(std::string_view line);
[[nodiscard]] std::optional<JournalRecord> parse_record(std::string_view line);

// A journal as it was found.
struct JournalContent {
  enum class State : std::uint8_t {
    nothing,        // no line that was written to its end: nothing was begun
    damaged,        // lines, and none is a header whose checksum holds
    other_version,  // the last header is one that another version of forkmap has written
    begun           // the last header, and the records behind it, count
  };
  // A record whose checksum holds, and the end of the journal behind it.
  struct Kept {
    JournalRecord record = {};
    std::uint64_t end_bytes = 0;
  };
  State state = State::nothing;
  JournalHeader header = {};
  Kept last = {};
  Kept unfinished = {};  // the last that is not `finished`
  Kept closed = {};      // the last that is not open
};
[[nodiscard]] JournalContent read_journal(std::string_view text);

}  // namespace forkmap::host
