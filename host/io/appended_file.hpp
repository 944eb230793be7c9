// SPDX-License-Identifier: Apache-2.0
//
// A file that a run only appends to, and that is to be there at its end with all that was written:
// the logs of --joblog, --failures and --trace. Who removes, replaces or changes it under the run
// is found out.
#pragma once

#include <cstdint>
#include <string>

#include "host/io/written_file.hpp"

namespace forkmap::host {

class AppendedFile {
 public:
  AppendedFile() = default;  // of nothing
  // An own file is cut to its first bytes first. Throws UsageError, also if it has fewer.
  AppendedFile(const std::string& path, std::uint64_t kept_bytes);
  // The same for one that was opened with O_APPEND, and has so many bytes.
  AppendedFile(WrittenFile&& file, const std::string& path, std::uint64_t kept_bytes);

  explicit operator bool() const noexcept { return static_cast<bool>(file_.fd); }
  [[nodiscard]] int fd() const noexcept { return file_.fd.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // A regular file that nobody else is to write; else a device, a pipe, or an open file of the
  // caller's, of which nothing is vouched for.
  [[nodiscard]] bool is_own() const noexcept { return file_.is_own; }

  // Writes the buffer, which is empty then. Throws SystemError; the buffer then has the rest.
  void write(std::string& buffer);
  // What somebody else has done to it: "log was removed or renamed while the run wrote it"; empty
  // if it is there as it was written.
  [[nodiscard]] std::string change_by_others() const;

 private:
  WrittenFile file_;
  std::string path_;
  std::uint64_t bytes_ = 0;  // that are in it
};

}  // namespace forkmap::host
