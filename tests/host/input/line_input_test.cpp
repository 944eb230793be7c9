// SPDX-License-Identifier: Apache-2.0
#include "host/input/line_input.hpp"

#include <cstring>
#include <deque>
#include <utility>

#include "tests/catch.hpp"

using namespace forkmap;
using namespace forkmap::host;
using namespace std::string_literals;
using Fill = ItemSource::Fill;

namespace {

// Gives its pieces one by one; "" means nothing at hand.
class PieceFeed : public ByteFeed {
 public:
  explicit PieceFeed(std::deque<std::string> pieces) : pieces_(std::move(pieces)) {}

  Read read(Stretch& stretch, const char* kept) override {
    if (pieces_.empty()) return Read::end;
    const std::string piece = std::move(pieces_.front());
    pieces_.pop_front();
    if (piece.empty()) return Read::nothing;
    auto whole =
        std::make_shared<std::string>(kept == nullptr ? "" : std::string(kept, stretch.end));
    *whole += piece;
    stretch = {whole, whole->data(), whole->data() + whole->size()};
    return Read::bytes;
  }
  [[nodiscard]] int awaited_fd() const noexcept override { return 7; }

 private:
  std::deque<std::string> pieces_;
};

// A window with room for a few rows.
class Window {
 public:
  explicit Window(std::size_t bytes = 1 << 16) : bytes_(bytes), ends_(kRows + 1) {
    column_.ends = ends_.data();
    clear();
  }
  void clear() {
    block = {};
    block.columns = &column_;
    block.column_count = 1;
    block.bytes = bytes_.data();
    block.bytes_capacity = bytes_.size();
    block.capacity_items = kRows;
  }
  [[nodiscard]] std::vector<std::string> rows() const {
    std::vector<std::string> all;
    std::uint64_t begin = 0;
    for (std::uint64_t i = 0; i < block.count; ++i) {
      all.emplace_back(reinterpret_cast<const char*>(bytes_.data()) + begin, ends_[i] - begin);
      begin = ends_[i];
    }
    return all;
  }
  InputBlock block;

 private:
  static constexpr std::size_t kRows = 1000;
  std::vector<unsigned char> bytes_;
  std::vector<std::uint64_t> ends_;
  forkmap_result_column column_{};
};

using Rows = std::vector<std::string>;

std::unique_ptr<LineInput> input_of(std::deque<std::string> pieces, LineRules rules = {}) {
  return std::make_unique<LineInput>(std::make_unique<PieceFeed>(std::move(pieces)), rules);
}

Rows all_rows(std::deque<std::string> pieces, LineRules rules = {}, std::size_t limit = 1000) {
  const auto input = input_of(std::move(pieces), rules);
  Rows rows;
  for (;;) {
    Window window;
    const Fill fill = input->fill(window.block, limit);
    for (const std::string& row : window.rows()) rows.push_back(row);
    if (fill == Fill::end) return rows;
    REQUIRE((fill == Fill::more || fill == Fill::pause));
  }
}

Rows texts(const LineInput& input, std::uint64_t first, std::uint64_t count) {
  Rows rows;
  input.read_texts(first, count, [&rows](std::string_view text) { rows.emplace_back(text); });
  return rows;
}

}  // namespace

TEST_CASE("lines are items, the last with or without its newline") {
  CHECK(all_rows({"a\nb\nc\n"}) == Rows{"a", "b", "c"});
  CHECK(all_rows({"a\nb\nc"}) == Rows{"a", "b", "c"});
  CHECK(all_rows({}) == Rows{});
  CHECK(all_rows({"\n"}) == Rows{""});
  CHECK(all_rows({"\n\na"}) == Rows{"", "", "a"});
}

TEST_CASE("a line may come in any pieces") {
  CHECK(all_rows({"a", "b", "", "c\nd", "", "", "e\n", "f"}) == Rows{"abc", "de", "f"});
  CHECK(all_rows({"a", "\n", "b", "\n"}) == Rows{"a", "b"});
}

TEST_CASE("a byte-order mark is dropped at the start and nowhere else") {
  CHECK(all_rows({"\xef\xbb\xbf"
                  "a\n\xef\xbb\xbf"
                  "b\n"}) == Rows{"a",
                                  "\xef\xbb\xbf"
                                  "b"});
  CHECK(all_rows({"\xef", "", "\xbb", "\xbf", "a\n"}) == Rows{"a"});
  CHECK(all_rows({"\xef\xbb"}) == Rows{"\xef\xbb"});
  CHECK(all_rows({"\xef\xbb\xbf"}) == Rows{});
}

TEST_CASE("NUL separates items that have newlines") {
  CHECK(all_rows({"a\nb\0\0c"s}, {.terminator = '\0'}) == Rows{"a\nb", "", "c"});
}

TEST_CASE("a shard has every N-th line, in whatever pieces it comes") {
  const Rows wanted = {"2", "5", "8"};
  for (const std::size_t limit : {1U, 2U, 1000U}) {
    CHECK(all_rows({"1\n2\n3\n4\n5\n6\n7\n8\n"}, {.shard = {2, 3}}, limit) == wanted);
    CHECK(all_rows({"1", "\n", "2\n3\n4", "\n5\n", "6\n7\n8"}, {.shard = {2, 3}}, limit) == wanted);
  }
  CHECK(all_rows({"1\n2\n"}, {.shard = {3, 3}}) == Rows{});
}

TEST_CASE("a wait that was ended is begun by the next look that finds nothing") {
  const auto input = input_of({"a\n", "", "", "b\n"});
  Window window;
  CHECK(input->fill(window.block, 10) == Fill::pause);
  CHECK(input->awaited_fd() == 7);
  input->end_wait();
  CHECK(input->awaited_fd() == -1);
  CHECK(input->fill(window.block, 10) == Fill::pause);
  CHECK(input->awaited_fd() == 7);
  CHECK(input->fill(window.block, 10) == Fill::end);
  CHECK(input->awaited_fd() == -1);
}

TEST_CASE("a source that has nothing at hand says what it waits for") {
  const auto input = input_of({"a\nb", "", "\n"});
  Window window;
  CHECK(input->awaited_fd() == -1);
  CHECK(input->fill(window.block, 10) == Fill::pause);
  CHECK(window.rows() == Rows{"a"});
  CHECK(input->awaited_fd() == 7);
  CHECK(input->fill(window.block, 10) == Fill::end);
  CHECK(window.rows() == Rows{"a", "b"});
  CHECK(input->awaited_fd() == -1);
}

TEST_CASE("an item that does not fit behind others is asked for again") {
  const auto input = input_of({"aaa\nbbb\ncccccc\nd\n"});
  Window window(5);
  CHECK(input->fill(window.block, 10) == Fill::full);
  CHECK(window.rows() == Rows{"aaa"});
  window.clear();
  CHECK(input->fill(window.block, 10) == Fill::full);
  CHECK(window.rows() == Rows{"bbb"});
  window.clear();
  CHECK(input->fill(window.block, 10) == Fill::full);
  CHECK(window.block.count == 0);
  CHECK(input->skip_too_large() == 6);
  CHECK(input->fill(window.block, 10) == Fill::end);
  CHECK(window.rows() == Rows{"d"});
  CHECK(texts(*input, 0, 4) == Rows{"aaa", "bbb", "cccccc", "d"});
}

TEST_CASE("a source stops at the wanted number of bytes") {
  const auto input = input_of({"aaa\nbbb\nccc\n"});
  Window window;
  window.block.bytes_aim = 4;
  CHECK(input->fill(window.block, 10) == Fill::more);
  CHECK(window.rows() == Rows{"aaa", "bbb"});
}

TEST_CASE("a line of a stream that is too long is one failed item") {
  const auto input = input_of({"a\n", "bbbb", "bbbb", "bbbb\nc\n"}, {.max_line_bytes = 6});
  Window window;
  CHECK(input->fill(window.block, 10) == Fill::more);
  CHECK(window.rows() == Rows{"a"});
  window.clear();
  CHECK(input->fill(window.block, 10) == Fill::failed);
  const ItemError error = input->take_error();
  CHECK(error.kind == ErrorKind::payload_too_large);
  CHECK(error.message.find("12 bytes") != std::string::npos);
  CHECK(input->fill(window.block, 10) == Fill::end);
  CHECK(window.rows() == Rows{"c"});
  CHECK(texts(*input, 0, 3) == Rows{"a", "bbbbbbbb", "c"});
}

TEST_CASE("a line that is too long may be the last") {
  const auto input = input_of({"bbbb", "bbbb"}, {.max_line_bytes = 6});
  Window window;
  CHECK(input->fill(window.block, 10) == Fill::failed);
  CHECK(input->take_error().message.find("8 bytes") != std::string::npos);
  CHECK(input->fill(window.block, 10) == Fill::end);
}

TEST_CASE("texts can be read until they are settled, in any order") {
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += std::to_string(i) + "\n";
  for (const std::size_t limit : {1U, 7U, 1000U}) {
    const auto input = input_of({lines.substr(0, 777), lines.substr(777)});
    std::uint64_t given = 0;
    for (Fill fill = Fill::more; fill != Fill::end;) {
      Window window;
      fill = input->fill(window.block, limit);
      given += window.block.count;
    }
    REQUIRE(given == 1000);
    CHECK(texts(*input, 0, 3) == Rows{"0", "1", "2"});
    CHECK(texts(*input, 998, 2) == Rows{"998", "999"});
    input->settle(500, 100);
    input->settle(0, 500);
    CHECK(texts(*input, 600, 1) == Rows{"600"});
    input->settle(601, 399);
    CHECK(texts(*input, 600, 1) == Rows{"600"});
    input->settle(600, 1);
  }
}

TEST_CASE("texts of a shard are those of its own lines") {
  const auto input = input_of({"1\n2\n3\n4\n5", "\n6\n7\n8\n"}, {.shard = {2, 3}});
  Window window;
  CHECK(input->fill(window.block, 10) == Fill::end);
  CHECK(texts(*input, 0, 3) == Rows{"2", "5", "8"});
  CHECK(texts(*input, 1, 1) == Rows{"5"});
}
