// SPDX-License-Identifier: Apache-2.0
#include "host/failures/failure_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/signal_names.hpp"
#include "core/base/system_error.hpp"
#include "core/base/utf8.hpp"
#include "host/failures/worker_place.hpp"
#include "host/io/disk_sync.hpp"
#include "host/io/written_file.hpp"
#include "host/text/json_value.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kLargeBytes = std::size_t{64} << 10;

nlohmann::ordered_json json_text(std::string_view text) {
  if (base::is_utf8(text)) return std::string(text);
  return {{"base64", base64(text)}};
}

nlohmann::ordered_json describe_failure(std::uint64_t number, std::string_view text,
                                        const ItemError& error, const std::string& node,
                                        const std::string& replay) {
  nlohmann::ordered_json line;
  line["item"] = number;
  line["text"] = json_text(text);
  line["kind"] = std::string(to_string(error.kind));
  line["function"] = error.function;
  line["message"] = json_text(message_with_node(error, node));
  line["attempt"] = error.attempt;
  if (error.pid != 0) line["pid"] = error.pid;
  if (!node.empty()) line["node"] = node;
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
    : file_(path, kept_bytes), bytes_given_(kept_bytes), hash_(std::move(kept)) {}

void FailureFile::append(std::uint64_t number, std::string_view text, const ItemError& error,
                         const std::string& node, const std::string& replay) {
  // Bytes of a backtrace that are not UTF-8 are replaced; all other fields are exact.
  const std::size_t before_bytes = buffer_.size();
  buffer_ += describe_failure(number, text, error, node, replay)
                 .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  buffer_ += '\n';
  bytes_given_ += buffer_.size() - before_bytes;
  hash_.add(std::string_view(buffer_).substr(before_bytes));
  if (buffer_.size() >= kLargeBytes) flush();
}

void FailureFile::flush() { file_.write(buffer_); }

void FailureFile::sync() {
  if (file_.is_own()) check_is_untouched(file_.fd(), file_.path(), bytes_given_);
  // Devices and pipes have no disk behind them; the journal says so of a disk.
  (void)sync_to_disk(file_.fd(), file_.path());
}

VouchedBytes FailureFile::vouched() const {
  return {bytes_given_, hash_.value(), file_.is_own() ? stamp_now(file_.fd()) : std::nullopt};
}

}  // namespace forkmap::host
