// SPDX-License-Identifier: Apache-2.0
//
// A file that is there as a whole or not at all: it is written beside its place and renamed into
// it, so that a kill leaves what was there before. (One at that very moment can leave the file
// beside it, NAME.PID.part.) Devices, pipes and open files of the caller's are written as they are.
#pragma once

#include <string>
#include <string_view>

#include "core/base/unique_fd.hpp"

namespace forkmap::host {

class ReplacedFile {
 public:
  // Changes nothing yet. Throws UsageError if the file could not be written, or if another run
  // writes it.
  explicit ReplacedFile(const std::string& path);
  ReplacedFile(const ReplacedFile&) = delete;
  ReplacedFile& operator=(const ReplacedFile&) = delete;
  ~ReplacedFile();  // what was begun and not finished is removed

  // All of it. Throws SystemError.
  void write(std::string_view text);

  // The same in pieces: begin(), any number of append(), finish(). After sync() finish() has only
  // the name left to change. Throw SystemError.
  void begin();
  void append(std::string& buffer);  // which is empty then
  void sync();
  void finish();

 private:
  std::string path_;   // as it was given
  std::string place_;  // without symbolic links
  base::UniqueFd device_;
  base::UniqueFd part_;  // beside the place, from begin() to finish()
};

}  // namespace forkmap::host
