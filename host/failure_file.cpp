// SPDX-License-Identifier: Apache-2.0
#include "host/failure_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/signal_names.hpp"
#include "core/base/system_error.hpp"
#include "core/base/utf8.hpp"
#include "core/base/write_all.hpp"
#include "host/disk_sync.hpp"
#include "host/json_value.hpp"
#include "host/usage_error.hpp"
#include "host/written_file.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kLargeBytes = std::size_t{64} << 10;

nlohmann::ordered_json json_text(std::string_view text) {
  if (base::is_utf8(text)) return std::string(text);
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
    line["signal"] = *error.signal;
    line["signal_name"] = base::signal_name(*error.signal);
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

FailureFile::FailureFile(const std::string& path, std::uint64_t kept_bytes, StreamHash kept)
    : path_(path), bytes_given_(kept_bytes), hash_(std::move(kept)) {
  WrittenFile file = open_for_writing(path, O_WRONLY | O_APPEND);
  // Of a device or a pipe there is nothing to keep.
  if (file.is_own) {
    if (file.size_bytes < kept_bytes) {
      throw UsageError(path + " has " + std::to_string(file.size_bytes) + " bytes, and " +
                       std::to_string(kept_bytes) + " were written; begin anew with --overwrite");
    }
    keep_first_bytes(file, path, kept_bytes);
  }
  is_own_ = file.is_own;
  fd_ = std::move(file.fd);
}

void FailureFile::append(std::uint64_t number, std::string_view text, const ItemError& error,
                         const std::string& replay) {
  // What is not UTF-8 in a backtrace is replaced; everything else is told exactly.
  const std::size_t before_bytes = buffer_.size();
  buffer_ += describe_failure(number, text, error, replay)
                 .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  buffer_ += '\n';
  bytes_given_ += buffer_.size() - before_bytes;
  hash_.add(std::string_view(buffer_).substr(before_bytes));
  if (buffer_.size() >= kLargeBytes) flush();
}

void FailureFile::flush() { base::write_out(fd_.get(), buffer_, path_); }

void FailureFile::sync() {
  if (is_own_) check_is_untouched(fd_.get(), path_, bytes_given_);
  // Devices and pipes have no disk behind them; the journal says so of a disk.
  (void)sync_to_disk(fd_.get(), path_);
}

VouchedBytes FailureFile::vouched() const {
  return {bytes_given_, hash_.value(), is_own_ ? stamp_now(fd_.get()) : std::nullopt};
}

}  // namespace forkmap::host
