// SPDX-License-Identifier: Apache-2.0
#include "host/report/trace_file.hpp"

#include <exception>

namespace forkmap::host {

namespace {
constexpr std::size_t kLargeBytes = std::size_t{64} << 10U;
constexpr auto kSoon = std::chrono::milliseconds(20);
constexpr auto kLate = std::chrono::milliseconds(500);
}  // namespace

TraceFile::TraceFile(const std::string& path) : file_(path, 0) {}

void TraceFile::append(std::string_view event, std::chrono::steady_clock::time_point now) {
  if (!failure_.empty()) return;
  const std::size_t before = buffer_.size();
  // The comma of the line before: so that it can be left out behind the last one.
  if (has_events_) buffer_ += ",\n";
  has_events_ = true;
  buffer_ += event;
  bytes_ += buffer_.size() - before;
  if (buffer_.size() < kLargeBytes && now - last_write_ < kLate) return;
  last_write_ = now;
  flush();
}

void TraceFile::flush() noexcept {
  if (!failure_.empty() || buffer_.empty()) return;
  try {
    file_.write(buffer_);
  } catch (const std::exception& error) {
    failure_ = error.what();
  }
}

void TraceFile::flush_now_and_then() noexcept {
  if (buffer_.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_write_ < kSoon) return;
  last_write_ = now;
  flush();
}

void TraceFile::close() {
  if (!failure_.empty()) return;
  buffer_ += "\n]\n";
  bytes_ += 3;
  flush();
  if (failure_.empty()) failure_ = file_.change_by_others();
}

}  // namespace forkmap::host
