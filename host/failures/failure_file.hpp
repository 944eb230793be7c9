// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <forkmap/outcome.hpp>
#include <string>
#include <string_view>

#include "host/io/appended_file.hpp"
#include "host/io/stream_hash.hpp"
#include "host/io/vouched_bytes.hpp"

namespace forkmap::host {

// The file of --failures: a JSON object a line for each failed item. Fields: item, text, kind,
// function, message, attempt; and where they are known pid, node (of a worker on another machine),
// signal, signal_name, exit_status,
// needed and held generation, column (from 1), address, place, frames,
// printed (and printed_by: the first and last item that it can be of), replay.
class FailureFile {
 public:
  FailureFile() = default;  // writes nothing
  // Keeps the first bytes of a file that is there. Throws UsageError, also if it has fewer.
  explicit FailureFile(const std::string& path) : FailureFile(path, 0, StreamHash()) {}
  // `kept`: the hash of these bytes.
  FailureFile(const std::string& path, std::uint64_t kept_bytes, StreamHash kept);

  explicit operator bool() const noexcept { return static_cast<bool>(file_); }
  // `node`: the name of the machine; empty for this one.
  void append(std::uint64_t number, std::string_view text, const ItemError& error,
              const std::string& node, const std::string& replay);
  void flush();  // throws SystemError
  // Brings what was flushed to the disk. Throws SystemError, also if somebody else has changed the
  // file.
  void sync();
  [[nodiscard]] const AppendedFile& file() const noexcept { return file_; }
  [[nodiscard]] std::uint64_t bytes_given() const noexcept { return bytes_given_; }
  // Of all that was given, after sync().
  [[nodiscard]] VouchedBytes vouched() const;

 private:
  AppendedFile file_;
  std::string buffer_;
  std::uint64_t bytes_given_ = 0;
  StreamHash hash_;
};

}  // namespace forkmap::host
