// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/base/unique_fd.hpp"
#include "host/journal/record.hpp"

namespace forkmap::host {

// The journal of one output, open and locked. The lock is this process's alone: it ends with it,
// and what it has forked does not hold it. So the file is not opened a second time here.
//  F1 After append() returns or throws, the file ends with a whole line.
class JournalFile {
 public:
  // Made if it is not there. Throws UsageError, also if another run holds the lock.
  explicit JournalFile(const std::string& path);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] bool is_locked() const noexcept { return is_locked_; }
  [[nodiscard]] JournalContent read() const;  // throws SystemError
  // A header behind what is there: from now on nothing before it counts. On the disk.
  void begin(const JournalHeader& header);
  // The header alone. A kill may leave nothing.
  void begin_empty(const JournalHeader& header);
  // Behind a record that was found.
  void go_on(const JournalContent::Kept& behind);
  // Throws SystemError, also if the file is not what was written to it any more.
  void append(const JournalRecord& record);
  // False where the file system cannot be asked for that. Throws SystemError.
  bool sync();

 private:
  void write_line(const std::string& line);
  void cut(std::uint64_t size_bytes);

  std::string path_;
  base::UniqueFd fd_;
  bool is_locked_ = false;
  std::uint64_t end_bytes_ = 0;
};

// A journal that is only looked at: it is neither made nor locked. `nothing` if it is not there.
// Not of one that this process has locked, since that would give the lock back. Throws SystemError.
[[nodiscard]] JournalContent look_at_journal(const std::string& path);

}  // namespace forkmap::host
