// SPDX-License-Identifier: Apache-2.0
// Lines of an input that an earlier run has been at.
#include <algorithm>
#include <optional>
#include <random>
#include <string_view>
#include <utility>

#include "host/input/check_progress.hpp"
#include "host/input/line_input.hpp"
#include "tests/catch.hpp"

using namespace forkmap;
using namespace forkmap::host;
using Fill = ItemSource::Fill;

namespace {

using Rows = std::vector<std::string>;

// A text in pieces of a few bytes; `piece_bytes` 0: a file that is there as a whole.
class SlicedFeed : public ByteFeed {
 public:
  SlicedFeed(std::string text, std::size_t piece_bytes)
      : text_(std::move(text)),
        piece_bytes_(piece_bytes == 0 ? text_.size() : piece_bytes),
        is_whole_(piece_bytes == 0) {}

  Read read(Stretch& stretch, const char* kept) override {
    if (given_bytes_ == text_.size()) return Read::end;
    if (is_whole_) {
      given_bytes_ = text_.size();
      stretch = {nullptr, text_.data(), text_.data() + text_.size()};
      return Read::bytes;
    }
    auto bytes = std::make_shared<std::string>();
    if (kept != nullptr) bytes->assign(kept, stretch.end);
    const std::size_t step = std::min(piece_bytes_, text_.size() - given_bytes_);
    bytes->append(text_, given_bytes_, step);
    given_bytes_ += step;
    stretch = {bytes, bytes->data(), bytes->data() + bytes->size()};
    return Read::bytes;
  }
  [[nodiscard]] std::optional<std::string_view> whole() const override {
    if (!is_whole_) return std::nullopt;
    return text_;
  }

 private:
  std::string text_;
  std::size_t piece_bytes_;
  bool is_whole_;
  std::size_t given_bytes_ = 0;
};

// Takes rows until there are so many, at most `limit` at a time; a row that fails is "-".
Rows take_rows(LineInput& input, std::size_t count, std::size_t limit) {
  Rows rows;
  std::vector<unsigned char> bytes(1 << 12);
  std::vector<std::uint64_t> ends(65);
  forkmap_result_column column{};
  column.ends = ends.data();
  while (rows.size() < count) {
    InputBlock block;
    block.columns = &column;
    block.column_count = 1;
    block.bytes = bytes.data();
    block.bytes_capacity = bytes.size();
    block.capacity_items = 64;
    const Fill fill = input.fill(block, std::min(limit, count - rows.size()));
    std::uint64_t begin = 0;
    for (std::uint64_t row = 0; row < block.count; ++row) {
      rows.emplace_back(reinterpret_cast<const char*>(bytes.data()) + begin, ends[row] - begin);
      begin = ends[row];
    }
    if (fill == Fill::failed) {
      static_cast<void>(input.take_error());
      rows.emplace_back("-");
    }
    if (fill == Fill::end) break;
  }
  return rows;
}

std::unique_ptr<LineInput> input_over(const std::string& text, std::size_t piece_bytes,
                                      const Shard& shard) {
  LineRules rules;
  rules.shard = shard;
  auto input = std::make_unique<LineInput>(std::make_unique<SlicedFeed>(text, piece_bytes), rules);
  input->keep_places();
  return input;
}

// What a record says after so many items, all of which are settled.
ResumeClaim claim_after(LineInput& input, std::uint64_t items) {
  ResumeClaim claim;
  if (items > 0) claim.settled.add(0, items);
  claim.place = input.place_before(items);
  claim.ahead = input.ahead();
  claim.is_open = input.open_item() && claim.settled.contains(*input.open_item());
  return claim;
}

InputComparison::Result compare(LineInput& input, const ResumeClaim& claim) {
  Diagnostics diagnostics;
  CheckProgress progress(Progress::never, diagnostics);
  return input.go_on_behind(claim, progress).result;
}
using Result = InputComparison::Result;

struct Sample {
  std::string text;
  Shard shard;
};

std::vector<Sample> samples() {
  const std::string lines = "one\ntwo\n\nfour and more\n5\nsix\nseven\n8\nnine\n10";
  return {{lines, {}},           {lines + "\n", {}}, {"\xef\xbb\xbf" + lines, {}},
          {lines, {1, 3}},       {lines, {2, 3}},    {"\xef\xbb\xbf" + lines, {3, 3}},
          {lines + "\n", {2, 4}}};
}

constexpr std::size_t kAll = 1000;

}  // namespace

TEST_CASE("an input goes on behind any item of an earlier run") {
  for (const Sample& sample : samples()) {
    const Rows all = take_rows(*input_over(sample.text, 1000, sample.shard), kAll, 64);
    REQUIRE(all.size() >= 2);
    for (std::size_t done = 0; done <= all.size(); ++done) {
      for (const std::size_t piece : {0U, 1U, 3U, 7U, 1000U}) {
        for (const std::size_t limit : {1U, 64U}) {
          const auto before = input_over(sample.text, piece, sample.shard);
          REQUIRE(take_rows(*before, done, limit).size() == done);
          before->vouch_for(0, done, done);
          const ResumeClaim claim = claim_after(*before, done);
          REQUIRE(claim.place.items == done);
          const auto after = input_over(sample.text, piece, sample.shard);
          REQUIRE((compare(*after, claim) == Result::same));
          const auto skip = static_cast<std::ptrdiff_t>(done);
          REQUIRE(take_rows(*after, kAll, limit) == Rows(all.begin() + skip, all.end()));
          const auto counted = input_over(sample.text, piece, sample.shard);
          counted->count_off(claim);
          REQUIRE(take_rows(*counted, kAll, limit) == Rows(all.begin() + skip, all.end()));
        }
      }
    }
  }
}

TEST_CASE("places are the same however the input came") {
  for (const Sample& sample : samples()) {
    const auto whole = input_over(sample.text, 1000, sample.shard);
    const auto slow = input_over(sample.text, 2, sample.shard);
    const std::size_t count = take_rows(*whole, kAll, 1).size();
    REQUIRE(take_rows(*slow, kAll, 1).size() == count);
    for (std::size_t items = 0; items <= count; ++items) {
      REQUIRE((whole->place_before(items) == slow->place_before(items)));
    }
  }
}

TEST_CASE("every shard knows the whole input once it has read it to its end") {
  for (const Sample& sample : samples()) {
    StreamHash hash;
    hash.add(sample.text);
    const WholeInput all = {sample.text.size(), hash.value()};
    for (const std::uint64_t count : {1U, 3U, 20U}) {
      for (std::uint64_t index = 1; index <= count; ++index) {
        for (const std::size_t piece : {0U, 1U, 1000U}) {
          const auto input = input_over(sample.text, piece, {index, count});
          CHECK_FALSE(input->whole());
          static_cast<void>(take_rows(*input, kAll, 64));
          CHECK((input->whole() == all));
        }
      }
    }
  }
}

TEST_CASE("an input that begins with other bytes is noticed") {
  const std::string text = "one\ntwo\nthree\n";
  const auto before = input_over(text, 1000, {});
  REQUIRE(take_rows(*before, 2, 1).size() == 2);
  const ResumeClaim claim = claim_after(*before, 2);
  CHECK(claim.place.bytes == 8);
  for (const std::size_t piece : {0U, 3U}) {
    const auto result_of = [&](const char* other) {
      return compare(*input_over(other, piece, {}), claim);
    };
    CHECK((result_of("one\nTwo\nthree\n") == Result::another));
    CHECK((result_of("one\n") == Result::another));
    CHECK((result_of("") == Result::another));
    CHECK((result_of("one\ntwo\nanything") == Result::same));
  }
}

TEST_CASE("a place in the middle of a chunk is that before it, and the rest is counted off") {
  const std::string text = "1\n2\n3\n4\n5\n6\n";
  const auto before = input_over(text, 1000, {});
  REQUIRE(take_rows(*before, 2, 2).size() == 2);
  REQUIRE(take_rows(*before, 3, 3).size() == 3);
  before->vouch_for(0, 4, 4);
  const ResumeClaim claim = claim_after(*before, 4);
  CHECK(claim.place.items == 2);
  for (const std::size_t piece : {0U, 2U, 1000U}) {
    const auto after = input_over(text, piece, {});
    REQUIRE((compare(*after, claim) == Result::same));
    CHECK(take_rows(*after, kAll, 64) == Rows{"5", "6"});
    CHECK((after->vouched() == Vouched::yes));
  }
  // The rest is vouched for as well.
  CHECK((compare(*input_over("1\n2\n3\n5\n5\n6\n", 0, {}), claim) == Result::another));
  const auto stream = input_over("1\n2\n3\n5\n5\n6\n", 2, {});
  REQUIRE((compare(*stream, claim) == Result::same));
  CHECK((stream->vouched() == Vouched::no));
}

TEST_CASE("items that are left out keep the places of the others") {
  std::minstd_rand random(9);
  for (const Sample& sample : samples()) {
    const Rows all = take_rows(*input_over(sample.text, 1000, sample.shard), kAll, 64);
    for (int round = 0; round < 40; ++round) {
      SettledItems settled;
      Rows expected = all;
      for (std::size_t item = 1; item < all.size(); ++item) {
        if (random() % 2 == 0) continue;
        settled.add(item, 1);
        expected[item] = "-";
      }
      const auto input = input_over(sample.text, random() % 9, sample.shard);
      ResumeClaim claim;
      claim.settled = settled;
      input->count_off(claim);
      REQUIRE(take_rows(*input, kAll, 1 + random() % 64) == expected);
    }
  }
}

TEST_CASE("items behind a gap are vouched for, each with its place, in whatever order they come") {
  std::minstd_rand random(21);
  for (const Sample& sample : samples()) {
    const Rows all = take_rows(*input_over(sample.text, 0, sample.shard), kAll, 64);
    const std::uint64_t count = all.size();
    for (int round = 0; round < 60; ++round) {
      const auto before = input_over(sample.text, random() % 9, sample.shard);
      REQUIRE(take_rows(*before, kAll, 1 + random() % 4).size() == count);
      std::vector<std::uint64_t> order;
      for (std::uint64_t item = 0; item < count; ++item) order.push_back(item);
      std::shuffle(order.begin(), order.end(), random);
      ResumeClaim claim;
      for (std::size_t done = 0; done < count - 1; ++done) {
        claim.settled.add(order[done], 1);
        before->vouch_for(order[done], 1, claim.settled.below());
      }
      claim.place = before->place_before(claim.settled.below());
      claim.ahead = before->ahead();
      const auto open = before->open_item();
      claim.is_open = open && claim.settled.contains(*open);
      for (const std::size_t piece : {std::size_t{0}, 1 + random() % 9}) {
        const auto after = input_over(sample.text, piece, sample.shard);
        REQUIRE((compare(*after, claim) == Result::same));
        REQUIRE(take_rows(*after, kAll, 64).size() == count - claim.settled.below());
        REQUIRE((after->vouched() == Vouched::yes));
        // What this run says then holds as well.
        ResumeClaim later = claim;
        later.place = after->place_before(claim.settled.below());
        later.ahead = after->ahead();
        REQUIRE((compare(*input_over(sample.text, 0, sample.shard), later) == Result::same));
      }
    }
  }
}

TEST_CASE("an item behind a gap that has changed is found out, also in a stream") {
  ResumeClaim claim;
  const auto before = input_over("1\n2\n3\n4\n", 0, {});
  REQUIRE(take_rows(*before, 4, 1).size() == 4);
  for (const std::uint64_t item : {0U, 2U, 3U}) {
    claim.settled.add(item, 1);
    before->vouch_for(item, 1, claim.settled.below());
  }
  claim.place = before->place_before(1);
  claim.ahead = before->ahead();
  for (const char* other : {"1\n2\n3\n5\n", "1\n2\n4\n3\n", "1\n2\n3\n", "1\n2\n"}) {
    CHECK((compare(*input_over(other, 0, {}), claim) == Result::another));
    const auto stream = input_over(other, 3, {});
    REQUIRE((compare(*stream, claim) == Result::same));
    CHECK((stream->vouched() == Vouched::not_yet));
    static_cast<void>(take_rows(*stream, kAll, 1));
    CHECK((stream->vouched() == Vouched::no));
  }
  // The open item may have changed.
  const auto file = input_over("1\ntwo\n3\n4\n5", 0, {});
  CHECK((compare(*file, claim) == Result::same));
}

TEST_CASE("a last line without its end is passed also where only its item's hash is known") {
  const std::string text = "1\n2\n3";
  const auto before = input_over(text, 0, {});
  REQUIRE(take_rows(*before, kAll, 1).size() == 3);
  ResumeClaim claim;
  claim.place = before->place_before(2);
  claim.settled.add(0, 3);
  claim.ahead = hash_of_item(2, "3");
  claim.is_open = true;
  for (const std::size_t piece : {0U, 1U, 9U}) {
    const auto after = input_over(text, piece, {});
    REQUIRE((compare(*after, claim) == Result::same));
    CHECK(after->is_at_end());
    CHECK((after->vouched() == Vouched::yes));
    CHECK(after->open_item() == 2);
  }
  CHECK((compare(*input_over("1\n2\n34\n", 0, {}), claim) == Result::line_goes_on));
}

TEST_CASE("a last line without its end counts only if it is the same when it is read again") {
  for (const Shard shard : {Shard{1, 1}, Shard{1, 2}}) {
    const std::string text = "1\n2\n3";
    const auto before = input_over(text, 0, shard);
    const std::size_t count = take_rows(*before, kAll, 1).size();
    before->vouch_for(0, count, count);
    const ResumeClaim claim = claim_after(*before, count);
    REQUIRE(claim.is_open);
    for (const std::size_t piece : {0U, 1U, 4U}) {
      const auto result_of = [&](const std::string& other) {
        return compare(*input_over(other, piece, shard), claim);
      };
      CHECK((result_of("1\n2\n3") == Result::same));
      CHECK((result_of("1\n2\n3\n") == Result::same));
      CHECK((result_of("1\n2\n34\n5\n") == Result::line_goes_on));
      CHECK((result_of("1\n2\n4") == Result::another));
      const auto more = input_over("1\n2\n3\n4\n5\n", piece, shard);
      REQUIRE((compare(*more, claim) == Result::same));
      CHECK(take_rows(*more, kAll, 1) == (shard.count == 1 ? Rows{"4", "5"} : Rows{"5"}));
      const auto same = input_over(text, piece, shard);
      REQUIRE((compare(*same, claim) == Result::same));
      CHECK(same->is_at_end());
      CHECK(same->open_item() == count - 1);
    }
  }
}
