// SPDX-License-Identifier: Apache-2.0
#include "host/failure_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/base/system_error.hpp"
#include "host/json_value.hpp"
#include "host/usage_error.hpp"
#include "host/write_out.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kLargeBytes = std::size_t{64} << 10;

nlohmann::ordered_json json_text(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  return {{"base64", base64(text)}};
}

nlohmann::ordered_json describe_failure(std::uint64_t number, std::string_view text,
                                        const ItemError& error, const std::string& replay) {
  nlohmann::ordered_json line;
  line["item"] = number;
  line["text"] = json_text(text);
  line["kind"] = std::string(to_string(error.kind));
  line["function"] = error.function;
  line["message"] = json_text(error.message);
  line["attempt"] = error.attempt;
  if (error.pid != 0) line["pid"] = error.pid;
  if (error.signal) {
    const char* const name = ::sigabbrev_np(*error.signal);
    line["signal"] = *error.signal;
    line["signal_name"] = name == nullptr ? "unknown" : "SIG" + std::string(name);
  }
  if (error.exit_status) line["exit_status"] = *error.exit_status;
  if (error.kind == ErrorKind::stale_registry) {
    line["needed"] = error.needed;
    line["held"] = error.held;
  }
  if (error.column) line["column"] = *error.column + 1;
  if (error.address) line["address"] = *error.address;
  if (!error.place.empty()) line["place"] = error.place;
  if (!error.frames.empty()) line["frames"] = error.frames;
  if (!error.printed.empty()) {
    line["printed"] = json_text(error.printed);
    line["printed_by"] = {error.printed_since + 1, error.index + 1};
  }
  if (!replay.empty()) line["replay"] = json_text(replay);
  return line;
}

}  // namespace

FailureFile::FailureFile(const std::string& path, std::uint64_t kept_bytes)
    : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666)),
      path_(path),
      bytes_given_(kept_bytes) {
  struct stat status = {};
  if (!fd_ || ::fstat(fd_.get(), &status) != 0) {
    throw UsageError("cannot write " + path + ": " + base::error_text(errno));
  }
  // Of a device or a pipe there is nothing to keep.
  if (!S_ISREG(status.st_mode)) return;
  if (static_cast<std::uint64_t>(status.st_size) < kept_bytes) {
    throw UsageError(path + " has " + std::to_string(status.st_size) + " bytes, and " +
                     std::to_string(kept_bytes) + " were written; begin anew with --overwrite");
  }
  if (::ftruncate(fd_.get(), static_cast<::off_t>(kept_bytes)) != 0 ||
      ::lseek(fd_.get(), 0, SEEK_END) < 0) {
    throw UsageError("cannot cut " + path + ": " + base::error_text(errno));
  }
}

void FailureFile::append(std::uint64_t number, std::string_view text, const ItemError& error,
                         const std::string& replay) {
  // What is not UTF-8 in a backtrace is replaced; everything else is told exactly.
  const std::size_t before_bytes = buffer_.size();
  buffer_ += describe_failure(number, text, error, replay)
                 .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  buffer_ += '\n';
  bytes_given_ += buffer_.size() - before_bytes;
  if (buffer_.size() >= kLargeBytes) flush();
}

void FailureFile::flush() { write_out(fd_.get(), buffer_, path_); }

void FailureFile::sync() {
  // Devices and pipes have no disk behind them.
  if (::fdatasync(fd_.get()) != 0 && errno != EINVAL && errno != EROFS) {
    base::throw_system_error("write " + path_ + " to disk", errno);
  }
}

}  // namespace forkmap::host
