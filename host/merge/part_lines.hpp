// SPDX-License-Identifier: Apache-2.0
//
// The lines of a file that a shard has written, in few large reads.
//  P1 Once all bytes were read they have been compared with what was written: a file that has
//     changed is found out before the last line of it is given.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "host/io/stream_hash.hpp"
#include "host/io/vouched_bytes.hpp"

namespace forkmap::host {

class PartLines {
 public:
  // `journal`: says what was written; where that is nothing there need not be a file.
  // `buffer_bytes`: at first; a longer line makes it grow. Throws SystemError.
  PartLines(std::string path, const VouchedBytes& written, std::string journal, char terminator,
            std::size_t buffer_bytes);

  // The next line, with its terminator, which is valid until the next call; false behind the last.
  // Throws UsageError for other bytes than were written, SystemError.
  [[nodiscard]] bool next(std::string_view& line) {
    const char* const begin = buffer_.data() + begin_;
    const void* const end = std::memchr(begin, terminator_, end_ - begin_);
    if (end == nullptr) return next_behind_read(line);
    const auto bytes = static_cast<std::size_t>(static_cast<const char*>(end) - begin) + 1;
    line = {begin, bytes};
    begin_ += bytes;
    return true;
  }
  // As many bytes as are at hand, in the place of the next line.
  [[nodiscard]] bool next_bytes(std::string_view& bytes);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  [[nodiscard]] bool next_behind_read(std::string_view& line);
  // False if there is no more.
  [[nodiscard]] bool read_more();

  std::string path_;
  VouchedBytes written_;
  std::string journal_;
  char terminator_;
  base::UniqueFd fd_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what is at hand
  std::size_t end_ = 0;
  StreamHash hash_;  // of what was read
};

}  // namespace forkmap::host
