// SPDX-License-Identifier: Apache-2.0
//
// The parts of a run in shards, as their journals tell of them: all that can be known without
// reading results.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/journal/header.hpp"
#include "host/journal/record.hpp"
#include "host/options/shard.hpp"

namespace forkmap::host {

class Diagnostics;

// What one shard has written.
struct Part {
  std::string path;  // of its results
  Shard shard;
  JournalHeader header;
  JournalRecord last;  // it is finished

  [[nodiscard]] std::string journal_path() const { return path + ".journal"; }
  [[nodiscard]] std::string failures_path() const { return path + ".failures"; }
};

// Every shard of one run, once, in the order of the shards; each has as many items as it must.
struct ShardedRun {
  std::vector<Part> parts;
  RecordedForm form;
  std::uint64_t items = 0;     // of all parts
  std::uint64_t failures = 0;  // of these
};

// `paths` in any order; journals and files of failures of others among them are passed over, so
// that part.* may be given. Throws UsageError, which names the file, what is wrong, and the remedy.
[[nodiscard]] ShardedRun read_parts(const std::vector<std::string>& paths,
                                    Diagnostics& diagnostics);

}  // namespace forkmap::host
