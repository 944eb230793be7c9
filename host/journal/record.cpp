// SPDX-License-Identifier: Apache-2.0
#include "host/journal/record.hpp"

#include <nlohmann/json.hpp>

#include "core/base/hexadecimal.hpp"

namespace forkmap::host {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kChecksumDigits = base::kHexadecimalDigits;
constexpr int kFormat = 2;

std::string with_checksum(const Json& content) {
  const std::string text = content.dump();
  return base::hexadecimal(checksum_of(text)) + " " + text + "\n";
}

// What the checksum covers; a discarded value if it does not hold.
Json content_of(std::string_view line) {
  Json nothing(Json::value_t::discarded);
  if (line.size() <= kChecksumDigits || line[kChecksumDigits] != ' ') return nothing;
  const std::string_view text = line.substr(kChecksumDigits + 1);
  if (base::from_hexadecimal(line.substr(0, kChecksumDigits)) != checksum_of(text)) return nothing;
  return Json::parse(text, nullptr, false);
}

// Throws Json::exception, as all of these do, for what no version 2 has written.
Hash128 hash_in(const Json& fields, const char* name) {
  const auto hash = hash_from_text(fields.at(name).get<std::string>());
  if (!hash) throw Json::type_error::create(302, "no hash", &fields);
  return *hash;
}

std::optional<FileStamp> stamp_in(const Json& fields, const char* name) {
  return stamp_from_text(fields.value(name, ""));
}

void add_file(Json& line, const std::string& name, const VouchedBytes& file) {
  line[name + "_bytes"] = file.bytes;
  line[name + "_hash"] = to_text(file.hash);
  if (file.file) line[name + "_file"] = to_text(*file.file);
}

VouchedBytes file_in(const Json& line, const std::string& name) {
  return {line.at(name + "_bytes"), hash_in(line, (name + "_hash").c_str()),
          stamp_in(line, (name + "_file").c_str())};
}

// A header, whichever version has written it.
bool is_any_header(std::string_view line) {
  const Json content = content_of(line);
  return content.is_object() && content.contains("forkmap_journal");
}

// Of a record of another version no more is known than whether it is the last.
bool is_any_end(std::string_view line) {
  const Json content = content_of(line);
  return content.is_object() && content.contains("sequence") &&
         content.value("finished", Json(false)) == true;
}

}  // namespace

std::string to_line(const JournalHeader& header) {
  return with_checksum(
      {{"forkmap_journal", kFormat}, {"run", header.run}, {"machine", header.machine}});
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
  Json& input = line["input"];
  input = {{"items", record.input.items},
           {"bytes", record.input.bytes},
           {"hash", to_text(record.input.hash)}};
  if (record.input_file) input["file"] = to_text(*record.input_file);
  if (record.whole_input) {
    line["whole"] = {{"bytes", record.whole_input->bytes},
                     {"hash", to_text(record.whole_input->hash)}};
  }
  if (record.ahead != Hash128{}) line["ahead"] = to_text(record.ahead);
  if (record.is_open) line["open"] = true;
  add_file(line, "output", record.output);
  line["failures"] = record.failures;
  add_file(line, "failure", record.failure_file);
  if (!record.reduction.empty()) line["reduction"] = record.reduction;
  if (record.finished) line["finished"] = true;
  return with_checksum(line);
}

std::optional<JournalHeader> parse_header(std::string_view line) {
  const Json content = content_of(line);
  // What a checksum covers may still be of another version.
  try {
    if (!content.is_object() || content.at("forkmap_journal") != kFormat) return std::nullopt;
    return JournalHeader{content.at("run"), content.at("machine")};
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
    record.input = {input.at("items"), input.at("bytes"), hash_in(input, "hash")};
    record.input_file = stamp_in(input, "file");
    if (content.contains("whole")) {
      const Json& whole = content.at("whole");
      record.whole_input = WholeInput{whole.at("bytes"), hash_in(whole, "hash")};
    }
    if (content.contains("ahead")) record.ahead = hash_in(content, "ahead");
    record.is_open = content.value("open", false);
    record.output = file_in(content, "output");
    record.failures = content.at("failures");
    record.failure_file = file_in(content, "failure");
    record.reduction = content.value("reduction", "");
    record.finished = content.value("finished", false);
    return record;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

JournalContent read_journal(std::string_view text) {
  using State = JournalContent::State;
  JournalContent content;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) return content;
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (auto header = parse_header(line)) {
      const JournalContent::Kept nothing = {{}, begin};
      content = {State::begun, std::move(*header), nothing, nothing, nothing};
    } else if (is_any_header(line)) {
      content = {State::other_version, {}, {{}, begin}, {}, {}};
    } else if (content.state == State::other_version) {
      content.last = {{.finished = is_any_end(line)}, begin};
    } else if (content.state != State::begun) {
      content.state = State::damaged;
    } else if (auto record = parse_record(line)) {
      content.last = {std::move(*record), begin};
      if (!content.last.record.finished) content.unfinished = content.last;
      if (!content.last.record.is_open) content.closed = content.last;
    }
  }
}

}  // namespace forkmap::host
