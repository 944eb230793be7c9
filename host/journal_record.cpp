// SPDX-License-Identifier: Apache-2.0
#include "host/journal_record.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

namespace forkmap::host {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kChecksumDigits = 16;
constexpr int kFormat = 1;

std::string hexadecimal(std::uint64_t value) {
  std::string digits(kChecksumDigits, '0');
  for (std::size_t place = kChecksumDigits; place > 0; --place, value >>= 4U) {
    digits[place - 1] = "0123456789abcdef"[value & 15U];
  }
  return digits;
}

std::optional<std::uint64_t> from_hexadecimal(std::string_view digits) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::string with_checksum(const Json& content) {
  const std::string text = content.dump();
  return hexadecimal(hash_of(text)) + " " + text + "\n";
}

// What the checksum covers; a discarded value if it does not hold.
Json content_of(std::string_view line) {
  Json nothing(Json::value_t::discarded);
  if (line.size() <= kChecksumDigits || line[kChecksumDigits] != ' ') return nothing;
  const std::string_view text = line.substr(kChecksumDigits + 1);
  if (from_hexadecimal(line.substr(0, kChecksumDigits)) != hash_of(text)) return nothing;
  return Json::parse(text, nullptr, false);
}

}  // namespace

std::string to_line(const JournalHeader& header) {
  return with_checksum({{"forkmap_journal", kFormat}, {"run", header}});
}

std::string to_line(const JournalRecord& record) {
  Json line;
  line["sequence"] = record.sequence;
  line["items"] = record.settled.below();
  if (!record.settled.ranges().empty()) {
    Json ranges = Json::array();
    for (const auto& [first, end] : record.settled.ranges()) ranges.push_back({first, end});
    line["also"] = std::move(ranges);
  }
  line["input"] = {{"items", record.input.items},
                   {"bytes", record.input.bytes},
                   {"hash", hexadecimal(record.input.hash)}};
  line["output_bytes"] = record.output_bytes;
  line["failures"] = record.failures;
  line["failure_bytes"] = record.failure_bytes;
  if (!record.reduction.empty()) line["reduction"] = record.reduction;
  if (record.finished) line["finished"] = true;
  return with_checksum(line);
}

std::optional<JournalHeader> parse_header(std::string_view line) {
  const Json content = content_of(line);
  // What a checksum covers may still be of another version.
  try {
    if (!content.is_object() || content.at("forkmap_journal") != kFormat) return std::nullopt;
    return content.at("run").get<JournalHeader>();
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::optional<JournalRecord> parse_record(std::string_view line) {
  const Json content = content_of(line);
  try {
    if (!content.is_object() || !content.contains("sequence")) return std::nullopt;
    JournalRecord record;
    record.sequence = content.at("sequence");
    if (const std::uint64_t below = content.at("items"); below > 0) record.settled.add(0, below);
    for (const Json& range : content.value("also", Json::array())) {
      const std::uint64_t first = range.at(0);
      const std::uint64_t end = range.at(1);
      if (first <= record.settled.end() || end <= first) return std::nullopt;
      record.settled.add(first, end - first);
    }
    const Json& input = content.at("input");
    const auto hash = from_hexadecimal(input.at("hash").get<std::string>());
    if (!hash) return std::nullopt;
    record.input = {input.at("items"), input.at("bytes"), *hash};
    record.output_bytes = content.at("output_bytes");
    record.failures = content.at("failures");
    record.failure_bytes = content.at("failure_bytes");
    record.reduction = content.value("reduction", "");
    record.finished = content.value("finished", false);
    return record;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

JournalContent read_journal(std::string_view text) {
  JournalContent content;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) return content;
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (auto header = parse_header(line)) {
      content = {JournalContent::State::begun, std::move(*header), {}, begin};
    } else if (content.state != JournalContent::State::begun) {
      content.state = JournalContent::State::damaged;
    } else if (auto record = parse_record(line)) {
      content.last = std::move(*record);
      content.end_bytes = begin;
    }
  }
}

}  // namespace forkmap::host
