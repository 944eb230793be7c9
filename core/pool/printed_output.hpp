// SPDX-License-Identifier: Apache-2.0
//
// The host's end of what a worker prints: a pipe, the last stretch of what came out of it, and the
// line that has begun. A worker is never waited for; what it prints without end costs a bounded
// time a step, and a bounded memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/unique_fd.hpp"

namespace forkmap::pool {

class PrintedOutput {
 public:
  using Use = std::function<void(std::string_view)>;

  PrintedOutput() = default;
  // The read end, which does not block. `taken`: the word of the lane that tells the worker how
  // much was read (print_marks.hpp); lives as long as the lane, see close().
  PrintedOutput(base::UniqueFd pipe, std::atomic<std::uint64_t>& taken)
      : pipe_(std::move(pipe)), taken_(&taken) {}

  [[nodiscard]] int fd() const noexcept { return pipe_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(pipe_); }
  void close() noexcept { pipe_.reset(); }

  enum class Read : std::uint8_t { some, nothing, end };
  // Reads once, at most kReadBytes, and uses what came.
  Read read(const Use& use);
  [[nodiscard]] std::uint64_t received_bytes() const noexcept { return received_bytes_; }
  // What was printed between two offsets: of that, the last kKeptOfFailureBytes, as far as they are
  // still there; without a newline at the end.
  [[nodiscard]] std::string text(std::uint64_t begin, std::uint64_t end) const;

  // For `tag`: whole lines, without their ends. One that is longer than kLongestLineBytes comes in
  // pieces. At the end also what has begun.
  void split(std::string_view bytes, const Use& use_line);
  void end_line(const Use& use_line);

  static constexpr std::size_t kReadBytes = std::size_t{64} << 10U;
  static constexpr std::size_t kKeptOfFailureBytes = std::size_t{4} << 10U;
  static constexpr std::size_t kLongestLineBytes = std::size_t{16} << 10U;

 private:
  void keep(std::string_view bytes);

  base::UniqueFd pipe_;
  std::atomic<std::uint64_t>* taken_ = nullptr;
  std::uint64_t received_bytes_ = 0;
  std::string tail_;  // the last of what was received
  std::string line_;  // begun, not ended
};

}  // namespace forkmap::pool
