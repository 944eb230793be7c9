// SPDX-License-Identifier: Apache-2.0
//
// Standard output of a run: few large writes, and never one that blocks where that can be avoided.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/unique_fd.hpp"
#include "host/io/stream_hash.hpp"

namespace forkmap::host {

inline constexpr const char* kStandardOutput = "standard output";

// The reader of standard output is gone. The run ends quietly.
struct ClosedPipe {};

class OutputStream {
 public:
  // `fd` stays the caller's. Pipes and terminals are opened a second time, so that their writes do
  // not block and the flags of the first stay as they are; where that is not possible, writes
  // block. `name`: for messages.
  explicit OutputStream(int fd, std::string name = kStandardOutput);

  // From now on what was written is hashed, behind what `hash` covers already.
  void vouch_behind(StreamHash hash) { hash_ = std::move(hash); }
  // Of all that was written, if that is so.
  [[nodiscard]] Hash128 hash() const { return hash_ ? hash_->value() : Hash128{}; }

  // A buffer to append to; after it, written().
  [[nodiscard]] std::string& buffer() noexcept { return buffer_; }
  void write(std::string_view text);  // as buffer() += text, without the copy where that pays
  void written();                     // writes if there is much

  // Writes all that can be written now. Throws ClosedPipe, SystemError (which ends the run).
  void flush();
  // Blocks until everything is written.
  void flush_all();
  // The descriptor to wait for, if something is left that could not be written; else -1.
  [[nodiscard]] int awaited_fd() const noexcept { return is_blocked_ ? fd_ : -1; }
  // Something is left, and nothing is known that keeps it from being written.
  [[nodiscard]] bool can_write() const noexcept { return !is_blocked_ && left() > 0; }
  // Results wait for the reader: no more should be made.
  [[nodiscard]] bool is_full() const noexcept { return is_blocked_ && left() >= kFullBytes; }
  // The unwritten rest and its descriptor, for a process that is about to end.
  [[nodiscard]] std::string_view unwritten() const noexcept {
    return std::string_view(buffer_).substr(begin_);
  }
  [[nodiscard]] int target_fd() const noexcept { return fd_; }
  // With those that are still to be written.
  [[nodiscard]] std::uint64_t bytes_given() const noexcept { return bytes_written_ + left(); }

 private:
  static constexpr std::size_t kLargeBytes = std::size_t{256} << 10;
  static constexpr std::size_t kDirectBytes = std::size_t{16} << 10;  // worth a write of its own
  static constexpr std::size_t kFullBytes = std::size_t{4} << 20;
  static constexpr std::size_t kKeptBytes = 2 * kFullBytes;  // of an empty buffer

  [[nodiscard]] std::size_t left() const noexcept { return buffer_.size() - begin_; }
  // How much of the text could be written now.
  [[nodiscard]] std::size_t write_some(std::string_view text);

  int fd_;
  std::string name_;
  base::UniqueFd own_;
  std::string buffer_;
  std::size_t begin_ = 0;
  bool is_blocked_ = false;
  std::uint64_t bytes_written_ = 0;
  std::optional<StreamHash> hash_;
};

}  // namespace forkmap::host
