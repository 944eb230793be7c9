// SPDX-License-Identifier: Apache-2.0
#include "host/failures/job_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "core/base/system_error.hpp"
#include "host/io/written_file.hpp"

namespace forkmap::host {

namespace {

constexpr std::string_view kHeading =
    "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";
constexpr std::size_t kFullLogBytes = std::size_t{64} << 10U;

// Up to the end of its last line: a run that was killed may have left a part of another.
std::uint64_t bytes_of_whole_lines(int fd, std::uint64_t size_bytes, const std::string& path) {
  std::array<char, 4096> block;
  for (std::uint64_t end = size_bytes; end > 0;) {
    const auto wanted = std::min<std::uint64_t>(end, block.size());
    const ssize_t count = ::pread(fd, block.data(), wanted, static_cast<::off_t>(end - wanted));
    if (count < 0 || static_cast<std::uint64_t>(count) != wanted) {
      base::throw_system_error("read " + path, count < 0 ? errno : EIO);
    }
    const std::size_t last = std::string_view(block.data(), wanted).rfind('\n');
    if (last != std::string_view::npos) return end - wanted + last + 1;
    end -= wanted;
  }
  return 0;
}

}  // namespace

std::string to_line(const LoggedTask& task) {
  const std::chrono::duration<double> begun = task.begun.time_since_epoch();
  const std::chrono::duration<double> run_time = task.run_time;
  return fmt::format("{}\t{}\t{:.3f}\t{:10.3f}\t{}\t{}\t{}\t{}\t{}\n", task.number, task.host,
                     begun.count(), run_time.count(), task.sent_bytes, task.received_bytes,
                     task.exit_value, task.signal, task.command);
}

JobLog::JobLog(const std::string& path, bool goes_on) {
  WrittenFile file = open_for_writing(path, (goes_on ? O_RDWR : O_WRONLY) | O_APPEND);
  const bool keeps = file.is_own && goes_on;
  const std::uint64_t kept_bytes =
      keeps ? bytes_of_whole_lines(file.fd.get(), file.size_bytes, path) : 0;
  file_ = AppendedFile(std::move(file), path, kept_bytes);
  if (kept_bytes == 0) buffer_ = kHeading;
}

void JobLog::append(const LoggedTask& task) {
  buffer_ += to_line(task);
  if (buffer_.size() >= kFullLogBytes) flush();
}

void JobLog::flush() { file_.write(buffer_); }

}  // namespace forkmap::host
