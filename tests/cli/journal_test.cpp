// SPDX-License-Identifier: Apache-2.0
// What a journal is made of, without a run.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "host/accumulator.hpp"
#include "host/journal_file.hpp"
#include "host/journal_record.hpp"
#include "host/settled_items.hpp"
#include "host/stream_hash.hpp"
#include "host/usage_error.hpp"
#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::host;

namespace {

JournalRecord some_record() {
  JournalRecord record;
  record.sequence = 12;
  record.settled.add(0, 100);
  record.settled.add(200, 5);
  record.settled.add(300, 1);
  record.input = {90, 512, {0xfedcba9876543210, 7}};
  record.ahead = {0x0123456789abcdef, 0xfedcba9876543210};
  record.is_open = true;
  record.input_file = {.device = 1, .inode = 2, .size_bytes = 3, .modified_ns = 4, .changed_ns = 5};
  record.output = {1U << 31U, {1, 2}, record.input_file};
  record.failures = 3;
  record.failure_file = {77, {3, 4}, {}};
  record.reduction = "3 0 9 0 0";
  return record;
}

JournalHeader header(const std::string& function) {
  return {.run = {{"function", function}}, .machine = {{"threads", "1"}}};
}

std::string journal_text() {
  JournalRecord later = some_record();
  later.sequence = 13;
  later.output.bytes += 5;
  return to_line(header("arith:square")) + to_line(some_record()) + to_line(later);
}

}  // namespace

TEST_CASE("hashes have the known values") {
  CHECK(checksum_of("") == 0xef46db3751d8e999);
  CHECK(checksum_of("a") == 0xd24ec4f1a98c6e5b);
  CHECK(checksum_of("Nobody inspects the spammish repetition") == 0xfbcea83c8a378bf1);
  CHECK(to_text(hash_of("")) == "00000000000000000000000000000000");
  CHECK(to_text(hash_of("abc")) == "06b05ab6733a618578af5f94892f3950");
  CHECK((hash_from_text(to_text(hash_of("abc"))) == hash_of("abc")));
  CHECK_FALSE(hash_from_text("06b05ab6733a6185"));
  CHECK_FALSE(hash_from_text("06b05ab6733a618578af5f94892f395x"));
}

TEST_CASE("sums of hashes carry from half to half, and come back") {
  const Hash128 ones = {0, ~std::uint64_t{0}};
  Hash128 sum = ones;
  sum += {0, 1};
  CHECK((sum == Hash128{1, 0}));
  sum -= {0, 1};
  CHECK((sum == ones));
  sum -= ones;
  sum -= {0, 1};
  CHECK((sum == Hash128{~std::uint64_t{0}, ~std::uint64_t{0}}));
}

TEST_CASE("a hash goes on from its value and the bytes of its last block") {
  std::string bytes;
  std::minstd_rand random(4);
  while (bytes.size() < 3 * StreamHash::kBlockBytes) bytes += static_cast<char>(random());
  for (const std::size_t cut :
       {std::size_t{0}, std::size_t{1}, StreamHash::kBlockBytes - 1, StreamHash::kBlockBytes,
        StreamHash::kBlockBytes + 1, 2 * StreamHash::kBlockBytes + 77}) {
    const std::string_view first = std::string_view(bytes).substr(0, cut);
    const std::size_t rest = StreamHash::rest_bytes(cut);
    StreamHash hash;
    hash.go_on(hash_of(first), cut, first.substr(cut - rest));
    REQUIRE((hash.value() == hash_of(first)));
    hash.add(std::string_view(bytes).substr(cut));
    REQUIRE((hash.value() == hash_of(bytes)));
  }
}

TEST_CASE("blocks that change places give another hash") {
  const std::string one(StreamHash::kBlockBytes, 'a');
  const std::string other(StreamHash::kBlockBytes, 'b');
  CHECK_FALSE((hash_of(one + other) == hash_of(other + one)));
}

TEST_CASE("the hash is the same however the bytes are cut") {
  std::minstd_rand random(3);
  for (std::size_t size = 0; size < 200'000; size += 1 + size / 2) {
    std::string bytes;
    while (bytes.size() < size) bytes += static_cast<char>(random());
    StreamHash hash;
    for (std::size_t at = 0; at < size;) {
      const std::size_t step = std::min<std::size_t>(size - at, random() % (70 + size / 3));
      hash.add(std::string_view(bytes).substr(at, step));
      at += step;
    }
    REQUIRE((hash.value() == hash_of(bytes)));
  }
}

TEST_CASE("settled items close up whatever their order") {
  std::minstd_rand random(5);
  for (int round = 0; round < 50; ++round) {
    SettledItems settled;
    std::vector<std::uint64_t> runs;  // of three items each
    for (std::uint64_t run = 0; run < 40; ++run) runs.push_back(run);
    std::shuffle(runs.begin(), runs.end(), random);
    std::vector<bool> seen(120, false);
    for (std::size_t given = 0; given < runs.size(); ++given) {
      settled.add(runs[given] * 3, 3);
      for (int item = 0; item < 3; ++item)
        seen[runs[given] * 3 + static_cast<unsigned>(item)] = true;
      for (std::uint64_t item = 0; item < 120; ++item) {
        REQUIRE(settled.contains(item) == seen[item]);
      }
      REQUIRE(settled.count() == 3 * (given + 1));
    }
    REQUIRE(settled.below() == 120);
    REQUIRE(settled.ranges().empty());
  }
}

TEST_CASE("a record reads back as it was written") {
  const std::string line = to_line(some_record());
  REQUIRE(line.ends_with("\n"));
  const auto read = parse_record(std::string_view(line).substr(0, line.size() - 1));
  REQUIRE(read);
  CHECK((*read == some_record()));
  JournalRecord finished;
  finished.finished = true;
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

TEST_CASE("a journal goes on behind its last whole record") {
  const forkmap::cli::TestFolder folder;
  const std::string path = folder.file("j", journal_text() + "0123 {\"sequence\":14");
  {
    JournalFile journal(path);
    const JournalContent content = journal.read();
    REQUIRE(content.last.record.sequence == 13);
    journal.go_on(content.last);
    JournalRecord next = content.last.record;
    next.sequence = 14;
    journal.append(next);
  }
  JournalRecord next = some_record();
  next.sequence = 14;
  next.output.bytes += 5;
  CHECK(folder.read("j") == journal_text() + to_line(next));
}

TEST_CASE("a journal is locked against other processes, not by what this one forks") {
  const forkmap::cli::TestFolder folder;
  const std::string path = folder.path() + "/j";
  const auto refused_elsewhere = [&path] {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        const JournalFile second(path);
        ::_exit(0);
      } catch (const UsageError&) {
        ::_exit(1);
      }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
  };
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  pid_t inheritor = -1;
  {
    const JournalFile first(path);
    CHECK(refused_elsewhere());
    inheritor = ::fork();
    if (inheritor == 0) {
      char byte = 0;
      ::close(pipe[1]);
      [[maybe_unused]] const ssize_t got = ::read(pipe[0], &byte, 1);  // until the test closes it
      ::_exit(0);
    }
  }
  CHECK_FALSE(refused_elsewhere());
  ::close(pipe[0]);
  ::close(pipe[1]);
  ::waitpid(inheritor, nullptr, 0);
}

TEST_CASE("an accumulator goes on from its state, to the last bit") {
  for (const Reduction reduction : {Reduction::sum, Reduction::min, Reduction::mean}) {
    Accumulator whole(reduction);
    Accumulator first(reduction);
    Accumulator second(reduction);
    for (int i = 0; i < 100; ++i) {
      whole.add(0.1 * i - 3);
      if (i < 50) first.add(0.1 * i - 3);
      if (i == 49) REQUIRE(second.restore(first.state()));
      if (i >= 50) second.add(0.1 * i - 3);
    }
    CHECK(second.text(true, false) == whole.text(true, false));
    CHECK(second.count() == 100);
  }
  Accumulator negative(Reduction::sum);
  negative.add(-(Int128{1} << 100));
  Accumulator other(Reduction::sum);
  REQUIRE(other.restore(negative.state()));
  CHECK(other.text(false, false) == to_text(-(Int128{1} << 100)));
  CHECK_FALSE(other.restore("1 2"));
  CHECK_FALSE(other.restore("1 2 3 4 0 5"));
}
