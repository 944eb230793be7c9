// SPDX-License-Identifier: Apache-2.0
#include "host/job_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "core/base/system_error.hpp"
#include "core/base/write_all.hpp"
#include "host/written_file.hpp"

namespace forkmap::host {

namespace {

constexpr std::string_view kHeading =
    "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";
constexpr std::size_t kLargeBytes = std::size_t{64} << 10U;

// A run that was killed may have left a part of a line, which goes. The size that is left.
::off_t cut_behind_last_line(int fd, ::off_t size_bytes, const std::string& path) {
  std::array<char, 4096> block;
  ::off_t end = size_bytes;
  while (end > 0) {
    const auto wanted = std::min<::off_t>(end, block.size());
    const ssize_t count = ::pread(fd, block.data(), static_cast<std::size_t>(wanted), end - wanted);
    if (count != wanted) base::throw_system_error("read " + path, count < 0 ? errno : EIO);
    const std::size_t last =
        std::string_view(block.data(), static_cast<std::size_t>(count)).rfind('\n');
    if (last != std::string_view::npos) {
      end = end - wanted + static_cast<::off_t>(last) + 1;
      break;
    }
    end -= wanted;
  }
  if (end < size_bytes && ::ftruncate(fd, end) != 0) {
    base::throw_system_error("cut " + path, errno);
  }
  return end;
}

}  // namespace

std::string to_line(const LoggedTask& task) {
  const std::chrono::duration<double> begun = task.begun.time_since_epoch();
  const std::chrono::duration<double> run_time = task.run_time;
  // ":" is parallel's name for this machine.
  return fmt::format("{}\t:\t{:.3f}\t{:10.3f}\t{}\t{}\t{}\t{}\t{}\n", task.number, begun.count(),
                     run_time.count(), task.sent_bytes, task.received_bytes, task.exit_value,
                     task.signal, task.command);
}

JobLog::JobLog(const std::string& path, bool goes_on) : path_(path) {
  WrittenFile file = open_for_writing(path, (goes_on ? O_RDWR : O_WRONLY) | O_APPEND);
  const bool keeps = file.is_own && goes_on;
  if (file.is_own && !keeps) keep_first_bytes(file, path, 0);
  fd_ = std::move(file.fd);
  const auto size_bytes = static_cast<::off_t>(file.size_bytes);
  if (!keeps || cut_behind_last_line(fd_.get(), size_bytes, path) == 0) buffer_ = kHeading;
}

void JobLog::append(const LoggedTask& task) {
  buffer_ += to_line(task);
  if (buffer_.size() >= kLargeBytes) flush();
}

void JobLog::flush() { base::write_out(fd_.get(), buffer_, path_); }

}  // namespace forkmap::host
