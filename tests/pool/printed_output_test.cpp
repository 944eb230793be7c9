// SPDX-License-Identifier: Apache-2.0
#include "core/pool/printed_output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using forkmap::base::UniqueFd;
using forkmap::pool::PrintedOutput;

namespace {

class Printer {
 public:
  Printer() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    output = PrintedOutput(UniqueFd(ends[0]), taken);
    write_end = UniqueFd(ends[1]);
  }
  // Prints, and takes all of it.
  void print(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::write(write_end.get(), text.data(), text.size());
      if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
      take();
    }
  }
  void take() {
    while (output.read([this](std::string_view bytes) { seen += bytes; }) ==
           PrintedOutput::Read::some) {
    }
  }

  std::atomic<std::uint64_t> taken{0};
  PrintedOutput output;
  UniqueFd write_end;
  std::string seen;
};

std::vector<std::string> lines_of(PrintedOutput& output, std::string_view bytes) {
  std::vector<std::string> lines;
  output.split(bytes, [&](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

}  // namespace

TEST_CASE("what is printed is passed on, counted, and told to the worker") {
  Printer printer;
  printer.print("one\ntwo");
  CHECK(printer.seen == "one\ntwo");
  CHECK(printer.output.received_bytes() == 7);
  CHECK(printer.taken.load() == 14);
  CHECK(printer.output.read([](std::string_view) {}) == PrintedOutput::Read::nothing);
  printer.write_end.reset();
  CHECK(printer.output.read([](std::string_view) {}) == PrintedOutput::Read::end);
  CHECK(printer.taken.load() == 14);
}

TEST_CASE("a stretch of what was printed is found as far as it is kept") {
  Printer printer;
  printer.print("0123456789\n\n");
  CHECK(printer.output.text(2, 5) == "234");
  CHECK(printer.output.text(0, 12) == "0123456789");
  CHECK(printer.output.text(0, 1'000'000) == "0123456789");
  CHECK(printer.output.text(5, 5).empty());
  CHECK(printer.output.text(7, 2).empty());
  CHECK(printer.output.text(1'000'000, ~std::uint64_t{0}).empty());
  printer.print(std::string(1'000'000, 'x') + "end");
  CHECK(printer.output.text(0, 12).empty());
  const std::string last = printer.output.text(0, printer.output.received_bytes());
  CHECK(last.size() == 4096);
  CHECK(last.ends_with("xend"));
}

TEST_CASE("lines come whole, long ones in pieces, and the last without an end at the end") {
  Printer printer;
  PrintedOutput& output = printer.output;
  CHECK(lines_of(output, "a\nb\n\nc") == std::vector<std::string>{"a", "b", ""});
  CHECK(lines_of(output, "d\n") == std::vector<std::string>{"cd"});
  const std::size_t longest = PrintedOutput::kLongestLineBytes;
  const auto pieces = lines_of(output, std::string(2 * longest + 3, 'x'));
  REQUIRE(pieces.size() == 2);
  CHECK(pieces[0].size() == longest);
  CHECK(lines_of(output, "\n") == std::vector<std::string>{"xxx"});
  CHECK(lines_of(output, "rest").empty());
  std::string rest;
  output.end_line([&](std::string_view line) { rest = line; });
  CHECK(rest == "rest");
  output.end_line([](std::string_view) { FAIL("there is no line any more"); });
}
