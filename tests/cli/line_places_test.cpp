// SPDX-License-Identifier: Apache-2.0
// Lines of an input that an earlier run has been at.
#include <algorithm>
#include <random>
#include <utility>

#include "host/line_input.hpp"
#include "tests/catch.hpp"

using namespace forkmap;
using namespace forkmap::host;
using Fill = ItemSource::Fill;

namespace {

using Rows = std::vector<std::string>;

// A text in pieces of a few bytes.
class SlicedFeed : public ByteFeed {
 public:
  SlicedFeed(std::string text, std::size_t piece_bytes)
      : text_(std::move(text)), piece_bytes_(piece_bytes) {}

  Read read(Stretch& stretch, const char* kept) override {
    if (given_bytes_ == text_.size()) return Read::end;
    auto bytes = std::make_shared<std::string>();
    if (kept != nullptr) bytes->assign(kept, stretch.end);
    const std::size_t step = std::min(piece_bytes_, text_.size() - given_bytes_);
    bytes->append(text_, given_bytes_, step);
    given_bytes_ += step;
    stretch = {bytes, bytes->data(), bytes->data() + bytes->size()};
    return Read::bytes;
  }

 private:
  std::string text_;
  std::size_t piece_bytes_;
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
      for (const std::size_t piece : {1U, 3U, 7U, 1000U}) {
        for (const std::size_t limit : {1U, 64U}) {
          const auto before = input_over(sample.text, piece, sample.shard);
          REQUIRE(take_rows(*before, done, limit).size() == done);
          const InputPlace place = before->place_before(done);
          REQUIRE(place.items == done);
          const auto after = input_over(sample.text, piece, sample.shard);
          REQUIRE(after->go_on_behind(place));
          const auto skip = static_cast<std::ptrdiff_t>(done);
          REQUIRE(take_rows(*after, kAll, limit) == Rows(all.begin() + skip, all.end()));
          const auto counted = input_over(sample.text, piece, sample.shard);
          counted->count_off(done);
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

TEST_CASE("an input that begins with other bytes is noticed") {
  const std::string text = "one\ntwo\nthree\n";
  const auto before = input_over(text, 1000, {});
  REQUIRE(take_rows(*before, 2, 1).size() == 2);
  const InputPlace place = before->place_before(2);
  CHECK(place.bytes == 8);
  CHECK_FALSE(input_over("one\nTwo\nthree\n", 3, {})->go_on_behind(place));
  CHECK_FALSE(input_over("one\n", 3, {})->go_on_behind(place));
  CHECK_FALSE(input_over("", 3, {})->go_on_behind(place));
  CHECK(input_over("one\ntwo\nanything", 3, {})->go_on_behind(place));
}

TEST_CASE("a place in the middle of a chunk is that before it, and the rest is counted off") {
  const std::string text = "1\n2\n3\n4\n5\n6\n";
  const auto before = input_over(text, 1000, {});
  REQUIRE(take_rows(*before, 2, 2).size() == 2);
  REQUIRE(take_rows(*before, 3, 3).size() == 3);
  const InputPlace place = before->place_before(4);
  CHECK(place.items == 2);
  const auto after = input_over(text, 1000, {});
  REQUIRE(after->go_on_behind(place));
  after->count_off(4);
  CHECK(take_rows(*after, kAll, 64) == Rows{"5", "6"});
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
      const auto input = input_over(sample.text, 1 + random() % 9, sample.shard);
      input->leave_out(settled);
      REQUIRE(take_rows(*input, kAll, 1 + random() % 64) == expected);
    }
  }
}
