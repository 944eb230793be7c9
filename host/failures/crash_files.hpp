// SPDX-License-Identifier: Apache-2.0
//
// The folder of --crash-dir: a file for each death of a worker while an item ran, each attempt.
// Nobody else may read them: items and paths are the user's business.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/unique_fd.hpp"
#include "host/cli/diagnostics.hpp"
#include "host/failures/crash_text.hpp"

namespace forkmap::host {

class CrashFiles {
 public:
  CrashFiles() = default;  // writes nothing
  // Makes the folder if it is not there, for its owner only. Throws UsageError if no file can be
  // made in it.
  explicit CrashFiles(const std::string& folder);

  explicit operator bool() const noexcept { return static_cast<bool>(folder_); }

  // What cannot be written is told, once; there are no more files then.
  void write(const CrashReport& report, const CrashedItem& item, Diagnostics& diagnostics);

 private:
  base::UniqueFd folder_;
  std::string path_;
  std::uint64_t written_ = 0;
  bool has_failed_ = false;
};

// "crash-faulty-crash_on_three-item3-attempt1-pid4711", and "-n3" where the worker was on that
// node, without what a file name had better not have.
[[nodiscard]] std::string crash_file_name(const CrashReport& report, const CrashedItem& item);

}  // namespace forkmap::host
