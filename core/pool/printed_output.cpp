// SPDX-License-Identifier: Apache-2.0
#include "core/pool/printed_output.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/lane/lane_memory.hpp"

namespace forkmap::pool {

namespace {

// Results of a chunk are collected at its end, and items of it have failed and printed before.
constexpr std::size_t kTailBytes = std::size_t{128} << 10U;

}  // namespace

PrintedOutput::Read PrintedOutput::read(const Use& use) {
  std::array<char, kReadBytes> buffer;
  // Sequentially consistent: the worker must not see the pipe emptied and the word as it was.
  taken_->store(received_bytes_ << 1U | lane::kTakingOutput, std::memory_order_seq_cst);
  const ssize_t got = ::read(pipe_.get(), buffer.data(), buffer.size());
  const int why = errno;
  if (got > 0) received_bytes_ += static_cast<std::uint64_t>(got);
  taken_->store(received_bytes_ << 1U, std::memory_order_release);  // SYNC: output-taken
  if (got > 0) {
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    keep(bytes);
    use(bytes);
    return Read::some;
  }
  const bool may_come = got < 0 && (why == EAGAIN || why == EINTR);
  return may_come ? Read::nothing : Read::end;
}

void PrintedOutput::keep(std::string_view bytes) {
  tail_ += bytes;
  // Twice as much stays at times, so that it is seldom moved.
  if (tail_.size() > 2 * kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
}

std::string PrintedOutput::text(std::uint64_t begin, std::uint64_t end) const {
  const std::uint64_t last = std::min(end, received_bytes_);
  const std::uint64_t kept_from = received_bytes_ - tail_.size();
  std::uint64_t first = std::max(begin, kept_from);
  if (first >= last) return {};
  if (last - first > kKeptOfFailureBytes) first = last - kKeptOfFailureBytes;
  std::string_view text(tail_);
  text = text.substr(first - kept_from, last - first);
  while (text.ends_with('\n')) text.remove_suffix(1);
  return std::string(text);
}

void PrintedOutput::split(std::string_view bytes, const Use& use_line) {
  while (!bytes.empty()) {
    const std::size_t room = kLongestLineBytes - line_.size();
    const std::size_t newline = bytes.substr(0, room).find('\n');
    const bool is_whole = newline != std::string_view::npos;
    const std::size_t taken = is_whole ? newline : std::min(room, bytes.size());
    line_ += bytes.substr(0, taken);
    bytes.remove_prefix(is_whole ? taken + 1 : taken);
    if (!is_whole && line_.size() < kLongestLineBytes) return;
    use_line(line_);
    line_.clear();
  }
}

void PrintedOutput::end_line(const Use& use_line) {
  if (line_.empty()) return;
  use_line(line_);
  line_.clear();
}

}  // namespace forkmap::pool
