// SPDX-License-Identifier: Apache-2.0
#include "host/merge/merged_file.hpp"

namespace forkmap::host {

MergedFile::MergedFile(const std::string& path) : file_(path) { buffer_.reserve(2 * kFullBytes); }

void MergedFile::flush() {
  hash_.add(buffer_);
  file_.append(buffer_);
}

VouchedBytes MergedFile::end() {
  flush();
  file_.sync();
  return {hash_.size_bytes(), hash_.value(), {}};
}

}  // namespace forkmap::host
