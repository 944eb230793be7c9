// SPDX-License-Identifier: Apache-2.0
//
// The files of a merge: results, failures, and the journal that one run would have left.
//  M1 Until publish() nothing is changed of what is there, and a merge that fails leaves nothing.
//  M2 At no moment is a journal there that tells of other results than those beside it.
#pragma once

#include <string>

#include "host/merge/merged_file.hpp"
#include "host/merge/parts.hpp"

namespace forkmap::host {

class MergedOutput {
 public:
  // Throws UsageError: a name that cannot be written or is that of a part, an unfinished output
  // without `overwrites`.
  MergedOutput(const std::string& path, bool overwrites, const ShardedRun& run);

  [[nodiscard]] MergedFile& results() noexcept { return results_; }
  [[nodiscard]] MergedFile& failures() noexcept { return failures_; }
  // `reduction`: the state of all parts together; empty if there is none. Throws SystemError.
  void publish(const ShardedRun& run, const std::string& reduction);

 private:
  std::string path_;
  MergedFile results_;
  MergedFile failures_;
  ReplacedFile journal_;
};

}  // namespace forkmap::host
