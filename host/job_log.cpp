// SPDX-License-Identifier: Apache-2.0
#include "host/job_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "core/base/system_error.hpp"
#include "host/usage_error.hpp"
#include "host/write_out.hpp"

namespace forkmap::host {

namespace {

constexpr std::string_view kHeading =
    "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";
constexpr std::size_t kLargeBytes = std::size_t{64} << 10U;

}  // namespace

std::string to_line(const LoggedTask& task) {
  const std::chrono::duration<double> begun = task.begun.time_since_epoch();
  const std::chrono::duration<double> run_time = task.run_time;
  // ":" is parallel's name for this machine.
  return fmt::format("{}\t:\t{:.3f}\t{:10.3f}\t{}\t{}\t{}\t{}\t{}\n", task.number, begun.count(),
                     run_time.count(), task.sent_bytes, task.received_bytes, task.exit_value,
                     task.signal, task.command);
}

JobLog::JobLog(const std::string& path, bool goes_on)
    : fd_(::open(path.c_str(),
                 O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | (goes_on ? 0 : O_TRUNC),
                 0666)),
      path_(path) {
  struct stat status = {};
  if (!fd_ || ::fstat(fd_.get(), &status) != 0) {
    throw UsageError("cannot write " + path + ": " + base::error_text(errno));
  }
  if (status.st_size == 0) buffer_ = kHeading;
}

void JobLog::append(const LoggedTask& task) {
  buffer_ += to_line(task);
  if (buffer_.size() >= kLargeBytes) flush();
}

void JobLog::flush() { write_out(fd_.get(), buffer_, path_); }

}  // namespace forkmap::host
