// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/unique_fd.hpp"

namespace forkmap::host {

// Opens what is missing of descriptors 0, 1 and 2, so that no file of ours gets such a number.
// Using the replacement of 0 or 1 is an error (EBADF), as it was before.
void complete_standard_descriptors();

// Standard output of a run is for results. From now on what plugins print there goes to standard
// error: text of theirs, which is lost where that takes none, as it is in a worker.
class ResultsDescriptor {
 public:
  ResultsDescriptor();  // throws SystemError
  ResultsDescriptor(const ResultsDescriptor&) = delete;
  ResultsDescriptor& operator=(const ResultsDescriptor&) = delete;
  // Writes what functions have left in stdout; no error of it is kept for whoever looks later.
  ~ResultsDescriptor();

  // The real standard output.
  [[nodiscard]] int get() const noexcept { return fd_.get(); }

 private:
  base::UniqueFd fd_;
};

}  // namespace forkmap::host
