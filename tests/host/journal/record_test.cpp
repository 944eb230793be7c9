// SPDX-License-Identifier: Apache-2.0
// The lines of a journal, without a run.

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "host/journal/record.hpp"
#include "tests/catch.hpp"
#include "tests/host/journal/example_journal.hpp"

using namespace forkmap::host;

TEST_CASE("a record reads back as it was written") {
  const std::string line = to_line(some_record());
  REQUIRE(line.ends_with("\n"));
  const auto read = parse_record(std::string_view(line).substr(0, line.size() - 1));
  REQUIRE(read);
  CHECK((*read == some_record()));
  JournalRecord finished;
  finished.finished = true;
  finished.whole_input = WholeInput{99, {5, 6}};
  const std::string end = to_line(finished);
  CHECK((parse_record(std::string_view(end).substr(0, end.size() - 1)) == finished));
}

TEST_CASE("a record with one wrong bit is none") {
  const std::string line = to_line(some_record());
  for (std::size_t place = 0; place + 1 < line.size(); ++place) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = line.substr(0, line.size() - 1);
      damaged[place] = static_cast<char>(damaged[place] ^ (1 << bit));
      // Digits of the checksum may be written in capitals.
      if (place < 16 && std::tolower(damaged[place]) == line[place]) continue;
      REQUIRE_FALSE(parse_record(damaged));
    }
  }
}

TEST_CASE("the last record that was written whole counts, wherever the journal was cut") {
  const std::string text = journal_text();
  const std::size_t header_end = text.find('\n') + 1;
  const std::size_t first_end = text.find('\n', header_end) + 1;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const JournalContent content = read_journal(text.substr(0, size));
    const bool begun = size >= header_end;
    REQUIRE((content.state == JournalContent::State::begun) == begun);
    if (!begun) REQUIRE((content.state == JournalContent::State::nothing));
    const std::uint64_t sequence = size == text.size() ? 13 : size >= first_end ? 12 : 0;
    REQUIRE(content.last.record.sequence == sequence);
    const std::size_t end = sequence == 13 ? text.size() : sequence == 12 ? first_end : header_end;
    if (begun) REQUIRE(content.last.end_bytes == end);
  }
}

TEST_CASE("a damaged record in the middle does not hide the last one") {
  std::string text = journal_text();
  text[text.find('\n') + 30] = '~';
  CHECK(read_journal(text).last.record.sequence == 13);
}

TEST_CASE("a damaged header is told from one that was not written whole") {
  std::string text = journal_text();
  text[20] = '~';
  CHECK((read_journal(text).state == JournalContent::State::damaged));
}

TEST_CASE("behind a second header nothing of the first one counts") {
  const std::string second = to_line(header("arith:cube"));
  const JournalContent content = read_journal(journal_text() + second);
  CHECK(content.header.run.at("function") == "arith:cube");
  CHECK(content.last.record.sequence == 0);
  CHECK(content.last.end_bytes == (journal_text() + second).size());
  CHECK(read_journal(journal_text() + second.substr(0, 40)).last.record.sequence == 13);
}

TEST_CASE("a journal keeps its last record, the last that is not finished and the last not open") {
  JournalRecord closed;
  closed.sequence = 1;
  JournalRecord open;
  open.sequence = 2;
  open.is_open = true;
  JournalRecord finished = open;
  finished.sequence = 3;
  finished.finished = true;
  const std::string first = to_line(header("a:f")) + to_line(closed);
  const std::string second = first + to_line(open);
  const JournalContent content = read_journal(second + to_line(finished));
  CHECK((content.last.record == finished));
  CHECK((content.unfinished.record == open));
  CHECK(content.unfinished.end_bytes == second.size());
  CHECK((content.closed.record == closed));
  CHECK(content.closed.end_bytes == first.size());
}

TEST_CASE("a journal of another version is told from a damaged one, and whether it has ended") {
  using State = JournalContent::State;
  const auto line = [](const std::string& text) {
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016lx", static_cast<unsigned long>(checksum_of(text)));
    return std::string(digits) + " " + text + "\n";
  };
  const std::string old =
      line(R"({"forkmap_journal":1,"run":{"function":"a:f"}})") +
      line(R"({"sequence":1,"items":5,"input":{"items":5,"bytes":9,"hash":"0123456789abcdef"}})");
  CHECK((read_journal(old).state == State::other_version));
  CHECK_FALSE(read_journal(old).last.record.finished);
  const JournalContent ended = read_journal(old + line(R"({"sequence":2,"finished":true})"));
  CHECK((ended.state == State::other_version));
  CHECK(ended.last.record.finished);
  CHECK((read_journal(old + to_line(header("a:f"))).state == State::begun));
}

TEST_CASE("headers differ by name") {
  const JournalFacts before = {{"function", "a:f"}, {"--seed", "1"}, {"--tag", "given"}};
  const JournalFacts now = {{"function", "a:f"}, {"--seed", "2"}, {"parameter k", "v"}};
  CHECK(differences(before, before).empty());
  CHECK(differences(before, now) == std::vector<std::string>{"--seed was 1 and is 2",
                                                             "--tag was given and is not given",
                                                             "parameter k was not given and is v"});
}
