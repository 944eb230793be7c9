// SPDX-License-Identifier: Apache-2.0
//
// The files of --output: results, failures, and the journal that says how much of the two counts.
//  O1 A record is appended only after what it covers was brought to the disk.
//  O2 What a record covers is never changed; what lies behind it goes when the run is resumed. If
//     somebody else has changed it, there is no other record.
//  O3 Before input and results were compared nothing is changed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "host/input/item_input.hpp"
#include "host/io/written_file.hpp"
#include "host/journal/file.hpp"
#include "host/journal/vouched_file.hpp"
#include "host/options/output_options.hpp"
#include "host/options/progress_choice.hpp"

namespace forkmap::host {

class Diagnostics;

class OutputJournal {
 public:
  // Locks, reads, and compares the runs. Throws UsageError: an unfinished output without --resume
  // or --overwrite, a run that differs, another run that writes the output.
  // `failures_path`: empty for one beside the output.
  OutputJournal(const OutputOptions& options, const std::string& failures_path, Progress progress,
                JournalHeader header, Diagnostics& diagnostics);

  // Compares input and results with what an earlier run has done, and brings the input to where
  // last() ends. Throws UsageError: they are others.
  void compare(ItemInput& input);
  // What was done; all zero at a beginning. To be asked after compare(), as the next.
  [[nodiscard]] const JournalRecord& last() const noexcept { return last_; }
  // It was all done, and there is no more input: nothing is left to do.
  [[nodiscard]] bool is_finished() const noexcept { return is_finished_; }

  // Brings the output to where last() ends. Throws UsageError.
  void take_up();
  [[nodiscard]] int output_fd() const noexcept { return output_.fd.get(); }
  [[nodiscard]] const std::string& output_path() const noexcept { return output_path_; }
  // Its first last().failure_file.bytes are to be kept.
  [[nodiscard]] const std::string& failures_path() const noexcept { return failures_path_; }
  // Of the results and failures that are kept, to go on with.
  [[nodiscard]] StreamHash take_output_hash() { return std::move(output_hash_); }
  [[nodiscard]] StreamHash take_failure_hash() { return std::move(failure_hash_); }

  // When the next record may be written; it is long past if none was for a long time.
  [[nodiscard]] std::chrono::steady_clock::time_point next_due() const noexcept { return due_; }
  // `record` but for its number and the stamp of the output. The output has been given all that it
  // covers, and the failures are on the disk. Throws SystemError.
  void commit(JournalRecord record);

 private:
  [[nodiscard]] bool has_output() const;
  void refuse_unfinished() const;
  void go_on_with();
  void compare_results(CheckProgress& progress);
  void refuse_added_bytes();
  [[nodiscard]] bool keeps_failures() const;
  void compare_input(ItemInput& input, CheckProgress& progress);
  void go_back_to(const JournalContent::Kept& kept);
  void take_hashes(CheckProgress& progress);
  void refuse_or_tell(const std::string& difference);

  const OutputOptions& options_;
  Progress progress_;
  Diagnostics& diagnostics_;
  std::string output_path_;
  std::string failures_path_;
  JournalHeader header_;
  JournalFile journal_;
  JournalContent found_;
  bool begins_ = true;  // whatever is there goes
  bool is_finished_ = false;
  bool has_other_results_ = false;  // than were written, and goes on all the same
  bool is_unsynced_ = false;        // and that was told
  JournalRecord last_;
  std::uint64_t last_end_bytes_ = 0;  // of the journal, behind it
  WrittenFile output_;
  StreamHash output_hash_;
  StreamHash failure_hash_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point due_ = begun_;
};

}  // namespace forkmap::host
