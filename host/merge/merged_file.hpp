// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/io/replaced_file.hpp"
#include "host/io/stream_hash.hpp"
#include "host/io/vouched_bytes.hpp"

namespace forkmap::host {

// A file of a merge, in few large writes beside its place, and hashed on the way.
class MergedFile {
 public:
  explicit MergedFile(const std::string& path);  // throws UsageError

  void begin() { file_.begin(); }  // throws SystemError, as all below
  void append(std::string_view bytes) { buffer_ += bytes; }
  // Enough was appended for a write.
  [[nodiscard]] bool is_full() const noexcept { return buffer_.size() >= kFullBytes; }
  void flush();
  // Writes the rest, to the disk; nothing is appended any more.
  [[nodiscard]] VouchedBytes end();
  // To its place.
  void publish() { file_.finish(); }

 private:
  static constexpr std::size_t kFullBytes = std::size_t{1} << 20U;

  ReplacedFile file_;
  std::string buffer_;
  StreamHash hash_;
};

}  // namespace forkmap::host
