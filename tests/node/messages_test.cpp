// SPDX-License-Identifier: Apache-2.0
//
// Messages there and back, cut short, and changed at random.
#include "core/node/messages.hpp"

#include <limits>

#include "core/node/wire.hpp"
#include "tests/catch.hpp"
#include "tests/node/changed_messages.hpp"

namespace forkmap::node {

using testing::check_cuts;
using testing::check_noise;

namespace {

Hello a_hello() {
  return {.host = "n3",
          .processors = 64,
          .workers = 63,
          .generation = 2,
          .seed = 99,
          .parameters = {{"scale", "2"}, {"key", ""}},
          .facts = {.code = {{"code of arith", "5 bytes, hash 01"}}, .machine = {{"cpu", "x"}}},
          .plugins = {{"arith", "1.0", "/home/me/arith.so", "5c1e09d2", 28440}},
          .functions = {{"arith:square", "(i64) -> i64", false, true},
                        {"arith:pay", "(i64) -> ()", true, false}}};
}

ItemError an_error() {
  ItemError error;
  error.index = 12;
  error.kind = ErrorKind::worker_died;
  error.function = "faulty:crash";
  error.message = "the worker was killed by SIGSEGV";
  error.attempt = 2;
  error.pid = 4711;
  error.signal = 11;
  error.needed = 3;
  error.held = 1;
  error.address = 0xdead;
  error.place = "in faulty.so: crash(long)+0x6";
  error.frames = {"one", "two"};
  error.printed = std::string("so far\n\0", 8);
  error.printed_since = 10;
  error.usage = ProcessUsage{std::chrono::microseconds(5), std::chrono::microseconds(6), 7};
  error.earlier = 11;
  return error;
}

Parts some_parts() {
  Parts parts;
  parts.parts.push_back({.block = 9,
                         .row = 5,
                         .worker = 3,
                         .pid = 4711,
                         .time = std::chrono::microseconds(17),
                         .status = {1, 1, 0, 1},
                         .ends = {2, 5, 5, 6},
                         .text = "4\n12\n\n",
                         .errors = {an_error()}});
  parts.parts.push_back({.block = 10, .status = {1}, .ends = {2}, .text = "1\n"});
  return parts;
}

Block a_block() {
  Block block{.number = 7, .map = 2, .index = 1000, .count = 3};
  WireWriter out(block.lines);
  out.put(std::string_view("a line\nof two"));
  out.put(std::string_view());
  out.put(std::string(300, 'x'));
  return block;
}

}  // namespace

TEST_CASE("numbers of any size come back, and none is longer than it needs to be") {
  for (const std::uint64_t value :
       {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{1} << 62U,
        std::uint64_t{1} << 63U, std::numeric_limits<std::uint64_t>::max()}) {
    std::vector<std::byte> bytes;
    WireWriter(bytes).put_short(value);
    CHECK(bytes.size() == (value < 128 ? 1 : value == 128 ? 2 : value < (1ULL << 63U) ? 9 : 10));
    WireReader in(bytes);
    CHECK(in.get_short() == value);
    CHECK(in.is_good());
    CHECK(in.is_at_end());
  }
  const std::vector<std::byte> endless(11, std::byte{0xff});
  WireReader in(endless);
  CHECK(in.get_short() == 0);
  CHECK(in.fault() == "a number of more than 64 bits");
}

TEST_CASE("a count that its message cannot hold is refused before memory is taken") {
  std::vector<std::byte> bytes;
  WireWriter(bytes).put_short(std::uint64_t{1} << 60U);
  WireReader in(bytes);
  CHECK(in.get_count(4) == 0);
  CHECK(in.fault() == "a count of 1152921504606846976 things, which its message cannot hold");
  std::string text = "old";
  in.get(text);
  CHECK(text.empty());
}

TEST_CASE("plugins that go to another machine come back as they were") {
  const HeldPlugins held{.plugins = {{"arith", "5 bytes, hash 01"}, {"./my.so", ""}}};
  HeldPlugins held_to;
  CHECK(from_message(to_message(held), held_to).empty());
  CHECK(held_to == held);
  check_cuts<HeldPlugins>(to_message(held));
  check_noise<HeldPlugins>(to_message(held));
  const SentPlugins sent{.plugins = {{"./my.so", "my.so",
                                      std::string("\x7f"
                                                  "ELF\0\n",
                                                  6)},
                                     {"arith", "arith.so", std::string(3'000'000, 'x')}}};
  SentPlugins sent_to;
  CHECK(from_message(to_message(sent), sent_to).empty());
  CHECK(sent_to == sent);
  const SentPlugins little{.plugins = {sent.plugins.front()}};
  check_cuts<SentPlugins>(to_message(little));
  check_noise<SentPlugins>(to_message(little));
}

TEST_CASE("a plugin that would be written to another folder is refused") {
  for (const auto& name :
       {std::string(), std::string("."), std::string(".."), std::string("../x.so"),
        std::string("/x.so"), std::string("x\0.so", 5)}) {
    CAPTURE(name);
    SentPlugins to;
    CHECK(from_message(to_message(SentPlugins{.plugins = {{"x", name, "image"}}}), to) ==
          "a plugin without a file name");
  }
}

TEST_CASE("a hello comes back as it was") {
  Hello to;
  CHECK(from_message(to_message(a_hello()), to).empty());
  CHECK(to == a_hello());
  check_cuts<Hello>(to_message(a_hello()));
  check_noise<Hello>(to_message(a_hello()));
  Hello empty = a_hello();
  empty.workers = 0;
  CHECK(from_message(to_message(empty), to) == "a node with 0 workers");
  empty.workers = 1'000'000;
  CHECK(from_message(to_message(empty), to) == "a node with 1000000 workers");
}

TEST_CASE("a block comes back as it was, whatever bytes its lines have") {
  Block to;
  CHECK(from_message(to_message(a_block()), to).empty());
  CHECK(to.number == 7);
  CHECK(to.map == 2);
  CHECK(to.index == 1000);
  CHECK(to.count == 3);
  CHECK(to.lines == a_block().lines);
  check_cuts<Block>(to_message(a_block()));
  check_noise<Block>(to_message(a_block()));
  Block more = a_block();
  more.count = 4;
  CHECK(from_message(to_message(std::move(more)), to) == "a message that is too short");
  Block fewer = a_block();
  fewer.count = 2;
  CHECK(from_message(to_message(std::move(fewer)), to) == "more bytes than the message has");
}

TEST_CASE("parts come back as they were, with their errors in full") {
  Parts to;
  REQUIRE(from_message(to_message(some_parts()), to).empty());
  REQUIRE(to.parts.size() == 2);
  const BlockPart& part = to.parts[0];
  CHECK(part.block == 9);
  CHECK(part.row == 5);
  CHECK(part.worker == 3);
  CHECK(part.pid == 4711);
  CHECK(part.time == std::chrono::microseconds(17));
  CHECK(part.status == some_parts().parts[0].status);
  CHECK(part.ends == some_parts().parts[0].ends);
  CHECK(part.text == "4\n12\n\n");
  REQUIRE(part.errors.size() == 1);
  const ItemError& error = part.errors[0];
  CHECK(error.index == 12);
  CHECK(error.kind == ErrorKind::worker_died);
  CHECK(error.function == "faulty:crash");
  CHECK(error.message == an_error().message);
  CHECK(error.attempt == 2);
  CHECK(error.pid == 4711);
  CHECK(error.signal == 11);
  CHECK_FALSE(error.exit_status);
  CHECK(error.needed == 3);
  CHECK(error.held == 1);
  CHECK(error.address == 0xdead);
  CHECK(error.place == an_error().place);
  CHECK(error.frames == an_error().frames);
  CHECK(error.printed == an_error().printed);
  CHECK(error.printed_since == 10);
  REQUIRE(error.usage);
  CHECK(error.usage->max_resident_bytes == 7);
  CHECK(error.earlier == 11);
  check_cuts<Parts>(to_message(some_parts()));
  check_noise<Parts>(to_message(some_parts()));
}

TEST_CASE("parts whose lines or errors are not those of their rows are refused") {
  Parts to;
  Parts parts = some_parts();
  parts.parts[0].text += "9\n";
  CHECK(from_message(to_message(parts), to) == "lines that are not those of its rows");
  parts = some_parts();
  parts.parts[0].errors.clear();
  CHECK(from_message(to_message(parts), to) == "errors that are not those of its rows");
  parts = some_parts();
  parts.parts[0].errors[0].attempt = std::numeric_limits<int>::max();
  CHECK(from_message(to_message(parts), to) == "an attempt that cannot be");
  parts = some_parts();
  parts.parts[0].time = std::chrono::nanoseconds(-1);
  CHECK(from_message(to_message(parts), to) == "a negative time");
  parts = some_parts();
  parts.parts[1] = {.block = 10};
  CHECK(from_message(to_message(parts), to) == "a part without rows");
}

TEST_CASE("small messages come back as they were") {
  const Welcome welcome{std::chrono::milliseconds(200), std::chrono::milliseconds(700), true};
  Welcome to_welcome;
  CHECK(from_message(to_message(welcome), to_welcome).empty());
  CHECK(to_welcome == welcome);
  check_cuts<Welcome>(to_message(welcome));

  Refused to_refused;
  CHECK(from_message(to_message(Refused{"no licence"}), to_refused).empty());
  CHECK(to_refused.why == "no licence");
  check_cuts<Refused>(to_message(Refused{"no licence"}));

  OpenMap open{.map = 3, .function = "arith:square", .signature = "(i64) -> i64"};
  open.text.terminator = '\0';
  open.index_stride = 4;
  open.retries = 2;
  open.timeout = std::chrono::seconds(3);
  OpenMap to_open;
  CHECK(from_message(to_message(open), to_open).empty());
  CHECK(to_open.map == 3);
  CHECK(to_open.function == open.function);
  CHECK(to_open.signature == open.signature);
  CHECK(to_open.text.terminator == '\0');
  CHECK(to_open.index_stride == 4);
  CHECK(to_open.retries == 2);
  CHECK(to_open.timeout == open.timeout);
  check_cuts<OpenMap>(to_message(open));
  open.timeout = std::chrono::nanoseconds(-1);
  CHECK(from_message(to_message(open), to_open) == "a negative time");

  Ping to_ping;
  CHECK(from_message(to_message(Ping{99}), to_ping).empty());
  CHECK(to_ping.time_ns == 99);
  RecallBlock to_recall;
  CHECK(from_message(to_message(RecallBlock{8}), to_recall).empty());
  CHECK(to_recall.block == 8);
  ReturnedRows to_returned;
  CHECK(from_message(to_message(ReturnedRows{8, 2, 5}), to_returned).empty());
  CHECK(to_returned.block == 8);
  CHECK(to_returned.row == 2);
  CHECK(to_returned.count == 5);
  Message far = to_message(ReturnedRows{8, 2, 5});
  far.words[2] = std::uint64_t{1} << 32U;
  CHECK(from_message(far, to_returned) == "rows that no block has");
  CancelMap to_cancel;
  CHECK(from_message(to_message(CancelMap{4, std::chrono::seconds(1)}), to_cancel).empty());
  CHECK(to_cancel.map == 4);
  CHECK(to_cancel.grace == std::chrono::seconds(1));
  check_cuts<CancelMap>(to_message(CancelMap{}));
  CloseMap to_close;
  CHECK(from_message(to_message(CloseMap{6}), to_close).empty());
  CHECK(to_close.map == 6);
  Bye to_bye;
  CHECK(from_message(to_message(Bye{"orphaned", 12}), to_bye).empty());
  CHECK(to_bye.why == "orphaned");
  CHECK(to_bye.items_done == 12);
  check_cuts<Bye>(to_message(Bye{"orphaned", 12}));
  CHECK(to_message(FrameType::pause).type == FrameType::pause);
}

}  // namespace forkmap::node
