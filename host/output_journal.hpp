// SPDX-License-Identifier: Apache-2.0
//
// The files of --output: results, failures, and the journal that says how much of the two counts.
//  O1 A record is appended only after what it covers was brought to the disk.
//  O2 What a record covers is never changed; what lies behind it goes when the run is resumed.
//  O3 Before the input was compared nothing is changed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/base/unique_fd.hpp"
#include "host/item_input.hpp"
#include "host/journal_file.hpp"

namespace forkmap::host {

class Diagnostics;

class OutputJournal {
 public:
  // Locks, reads, and compares the runs. Throws UsageError: an unfinished output without --resume
  // or --overwrite, a run that differs, another run that writes the output.
  OutputJournal(const RunOptions& options, const plugin::FunctionEntry& function,
                Diagnostics& diagnostics);

  // What an earlier run has done; all zero at a beginning.
  [[nodiscard]] const JournalRecord& last() const noexcept { return last_; }
  // It was all done, and --resume was given: nothing is left to do.
  [[nodiscard]] bool is_finished() const noexcept { return last_.finished; }

  // Brings input and output to where the last record ends. Throws UsageError: the input is another
  // one, the output is too short.
  void take_up(ItemInput& input);
  [[nodiscard]] int output_fd() const noexcept { return output_.get(); }
  [[nodiscard]] const std::string& output_path() const noexcept { return output_path_; }
  // Its first last().failure_bytes are to be kept.
  [[nodiscard]] const std::string& failures_path() const noexcept { return failures_path_; }

  // When the next record may be written; it is long past if none was for a long time.
  [[nodiscard]] std::chrono::steady_clock::time_point next_due() const noexcept { return due_; }
  // `record` but for its number. The output has been given all that it covers, and the failures
  // are on the disk. Throws SystemError.
  void commit(JournalRecord record);

 private:
  [[nodiscard]] bool has_output() const;
  void refuse_unfinished() const;
  void go_on_with();

  const RunOptions& options_;
  Diagnostics& diagnostics_;
  std::string output_path_;
  std::string failures_path_;
  JournalHeader header_;
  JournalFile journal_;
  JournalContent found_;
  bool begins_ = true;  // whatever is there goes
  JournalRecord last_;
  base::UniqueFd output_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point due_ = begun_;
};

}  // namespace forkmap::host
