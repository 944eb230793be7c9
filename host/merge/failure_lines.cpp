// SPDX-License-Identifier: Apache-2.0
#include "host/merge/failure_lines.hpp"

#include <charconv>
#include <string>

#include "host/cli/usage_error.hpp"

namespace forkmap::host {

namespace {

// As FailureFile writes it.
constexpr std::string_view kItem = "{\"item\":";

[[noreturn]] void refuse(const Part& part, const std::string& why) {
  throw UsageError(part.failures_path() + " " + why + "; make the part anew with --overwrite");
}

}  // namespace

FailureLines::FailureLines(const Part& part, std::uint64_t first_item, std::size_t buffer_bytes)
    : part_(part),
      first_item_(first_item),
      lines_(part.failures_path(), part.last.failure_file, part.journal_path(), '\n',
             buffer_bytes) {
  advance();
}

void FailureLines::advance() {
  const std::uint64_t before = item_;
  if (!lines_.next(line_)) {
    if (count_ != part_.last.failures) {
      refuse(part_, "has " + std::to_string(count_) + " failures, and by " + part_.journal_path() +
                        " there are " + std::to_string(part_.last.failures));
    }
    item_ = kNone;
    return;
  }
  std::uint64_t number = 0;
  const std::string_view digits = line_.substr(std::min(kItem.size(), line_.size()));
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (!line_.starts_with(kItem) || read.ec != std::errc{}) {
    refuse(part_, "has a line that is no failure");
  }
  const Shard& shard = part_.shard;
  const std::uint64_t place = number - first_item_;
  const bool is_mine = number >= first_item_ && place % shard.count == shard.index - 1 &&
                       place / shard.count < part_.last.settled.count();
  if (!is_mine) {
    refuse(part_, "has item " + std::to_string(number) + ", which is none of that shard");
  }
  if (count_++ > 0 && place <= before) {
    refuse(part_, "has item " + std::to_string(number) + " behind a later one");
  }
  item_ = place;
}

}  // namespace forkmap::host
