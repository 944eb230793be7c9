// SPDX-License-Identifier: Apache-2.0
// Sweeps: every value with every other, lists that go together, ranges.

#include "host/input/sweep.hpp"

#include <algorithm>

#include "host/cli/usage_error.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;

namespace {

using Words = std::vector<std::string>;

// "1 a", the columns with blanks between.
Words items_of(const Words& words) {
  const Sweep sweep(words);
  Words items;
  std::string room;
  for (std::uint64_t place = 0; place < sweep.size(); ++place) {
    std::string text(sweep.text(place, room));
    std::ranges::replace(text, '\0', ' ');
    items.push_back(std::move(text));
  }
  return items;
}

Words range(const std::string& text) { return items_of({":::", text}); }

}  // namespace

TEST_CASE("one list is its values, and several are their product, the last one fastest") {
  CHECK(items_of({":::", "1", "2", "3"}) == Words{"1", "2", "3"});
  CHECK(items_of({":::", "1", "2", ":::", "a", "b"}) == Words{"1 a", "1 b", "2 a", "2 b"});
  CHECK(items_of({":::", "1", "2", ":::", "a", ":::", "x", "y"}) ==
        Words{"1 a x", "1 a y", "2 a x", "2 a y"});
  CHECK(items_of({":::", "", "b"}) == Words{"", "b"});
  CHECK(Sweep({":::", "1", ":::", "2", ":::+", "3"}).columns() == 3);
}

TEST_CASE("a linked list goes along with the one before it, as far as the shorter one reaches") {
  CHECK(items_of({":::", "1", "2", ":::+", "a", "b"}) == Words{"1 a", "2 b"});
  CHECK(items_of({":::", "1", "2", "3", ":::+", "a", "b"}) == Words{"1 a", "2 b"});
  CHECK(items_of({":::", "1", "2", ":::+", "a", "b", "c"}) == Words{"1 a", "2 b"});
  CHECK(items_of({":::", "1", "2", ":::+", "a", "b", ":::", "x", "y"}) ==
        Words{"1 a x", "1 a y", "2 b x", "2 b y"});
  CHECK(items_of({":::", "x", "y", ":::", "1", "2", ":::+", "a", "b"}) ==
        Words{"x 1 a", "x 2 b", "y 1 a", "y 2 b"});
}

TEST_CASE("a range is its numbers, exact to the last decimal") {
  CHECK(range("1..5") == Words{"1", "2", "3", "4", "5"});
  CHECK(range("5..3") == Words{"5", "4", "3"});
  CHECK(range("-1..1") == Words{"-1", "0", "1"});
  CHECK(range("0..1..0.25") == Words{"0.00", "0.25", "0.50", "0.75", "1.00"});
  CHECK(range("-0.1..0.1..0.1") == Words{"-0.1", "0.0", "0.1"});
  CHECK(range("1..0..-0.5") == Words{"1.0", "0.5", "0.0"});
  CHECK(range("0..10..4") == Words{"0", "4", "8"});
  CHECK(range("3..3") == Words{"3"});
  CHECK(range("1.5..3.5") == Words{"1.5", "2.5", "3.5"});
  const Words tenths = range("0..1..0.1");
  CHECK(tenths.size() == 11);
  CHECK(tenths[3] == "0.3");
  CHECK(items_of({":::", "1..3", "x", "5..4"}) == Words{"1", "2", "3", "x", "5", "4"});
}

TEST_CASE("what is no range is a text") {
  for (const char* const text : {"a..b", "1..", "..5", "1..b", "1.2.3..4", "1...3", "1..2..3..4",
                                 ".", "..", "1e3..2", ".5..1", "99999999999999999999..1"}) {
    CAPTURE(text);
    CHECK(range(text) == Words{text});
  }
}

TEST_CASE("a sweep is as long as it is, and none of it is made before it is asked for") {
  const Sweep sweep({":::", "1..1000000", ":::", "0..1..0.000001"});
  CHECK(sweep.size() == 1'000'000ULL * 1'000'001ULL);
  std::string room;
  std::string last(sweep.text(sweep.size() - 1, room));
  std::ranges::replace(last, '\0', ' ');
  CHECK(last == "1000000 1.000000");
}

TEST_CASE("a sweep that cannot be is refused") {
  for (const Words& words :
       {Words{":::"}, Words{":::", "1", ":::"}, Words{":::", "1", ":::+"}, Words{":::", "1..5..0"},
        Words{":::", "1..5..-1"},
        Words{":::", "1..9000000000000000000", ":::", "1..9000000000000000000"},
        Words{":::", "-9000000000000000000..9000000000000000000"}}) {
    CAPTURE(words);
    CHECK_THROWS_AS(Sweep(words), UsageError);
  }
}

TEST_CASE("other words are another sweep") {
  CHECK(Sweep({":::", "1", "2"}).whole() == Sweep({":::", "1", "2"}).whole());
  CHECK_FALSE(Sweep({":::", "1", "2"}).whole() == Sweep({":::", "1", "3"}).whole());
  CHECK_FALSE(Sweep({":::", "1", ":::", "2"}).whole() == Sweep({":::", "1", ":::+", "2"}).whole());
}
