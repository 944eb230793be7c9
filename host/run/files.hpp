// SPDX-License-Identifier: Apache-2.0
//
// The one table of all files that a run reads and writes. An option that names a file enters it
// here.
//  F1 No two entries of a run are the same file, but for readers, and for writers of whole lines
//     that do not overwrite each other: those of a FIFO or socket, and those that share a position.
#pragma once

#include <string>
#include <vector>

#include "host/io/file_place.hpp"
#include "host/options/run_options.hpp"

namespace forkmap::host {

class RunFiles {
 public:
  enum class Use : std::uint8_t { reads, writes };

  // `shown` is what a message says: "--input", "the journal of --output".
  void add(const std::string& shown, const std::string& path, Use use);
  // Descriptors that the caller gave: they count if they are regular files, and not against each
  // other.
  void add_standard(const std::string& shown, int fd, Use use);
  // Throws UsageError that names both of two entries that are the same file.
  void check() const;

 private:
  struct Entry {
    std::string shown;
    Use use;
    bool is_standard;
    FilePlace place;
  };
  [[nodiscard]] static bool collide(const Entry& left, const Entry& right);

  std::vector<Entry> entries_;
};

// Those of a run. To be checked before the first of them is opened for writing, and before
// descriptor 1 is moved.
[[nodiscard]] RunFiles files_of(const RunOptions& options);

// Names that mean standard output mean it also once it is another descriptor.
void rename_standard_output(RunOptions& options, int fd);

}  // namespace forkmap::host
