// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <stdexcept>

#include "core/types/chunk_services.hpp"
#include "tests/catch.hpp"
#include "tests/types/chunk_on_buffer.hpp"

using namespace forkmap::types;

using Rows = std::vector<std::string>;
using Call = int (*)(forkmap_call*);
using Entry = int (*)(void*, forkmap_chunk*);

namespace {

std::string argument_of(const forkmap_chunk* chunk, std::uint64_t item) {
  const forkmap_column& column = chunk->arguments[0];
  return std::string(reinterpret_cast<const char*>(column.bytes + column.starts[item]),
                     column.ends[item] - column.starts[item]);
}

// A run entry for "(str) -> str" that echoes, and does something else for certain texts.
int odd_entry(void*, forkmap_chunk* chunk) {
  for (std::uint64_t item = chunk->first; item < chunk->count; ++item) {
    const std::string text = argument_of(chunk, item);
    if (text == "throw") throw std::runtime_error("thrown by the entry");
    if (text == "return 9") return 9;
    if (text == "stop") return FORKMAP_RUN_COMPLETE;
    if (text == "refuse") return FORKMAP_RUN_REFUSED;
    void* const place = forkmap_reserve(chunk, item, text == "misuse" ? 1 : 0, text.size());
    if (place == nullptr) return FORKMAP_RUN_WINDOW_FULL;
    std::memcpy(place, text.data(), text.size());
    if (text == "throw late") throw 1;
    if (text == "fail" && chunk->table->fail(chunk, item, 2, "failed", 6) != 0) {
      return FORKMAP_RUN_WINDOW_FULL;
    }
    if (text != "fail") chunk->status[item] = FORKMAP_STATUS_VALUE;
    forkmap_set_progress(chunk, item + 1);
  }
  return FORKMAP_RUN_COMPLETE;
}

int echo(forkmap_call* call) {
  std::uint64_t size = 0;
  const void* const text = forkmap_arg_bytes(call, 0, &size);
  if (size > 0 && *static_cast<const char*>(text) == '!') return forkmap_fail(call, "as asked");
  return forkmap_return_bytes(call, 0, text, size);
}

}  // namespace

TEST_CASE("a record without an entry is refused and nothing is run") {
  ChunkOnBuffer test("(i64) -> i64", {"1"});
  CHECK(test.run() == FORKMAP_RUN_REFUSED);
  CHECK(test.status(0) == FORKMAP_STATUS_NONE);
}

TEST_CASE("an empty chunk is complete") {
  ChunkOnBuffer test("(str) -> str", {});
  CHECK(test.run(echo) == FORKMAP_RUN_COMPLETE);
  CHECK(test.run(odd_entry) == FORKMAP_RUN_COMPLETE);
  CHECK(test.complete() == 0);
}

TEST_CASE("only items from first on are run") {
  for (const bool by_call : {true, false}) {
    ChunkOnBuffer test("(str) -> str", {"a", "b", "c"});
    test.chunk.first = 1;
    CHECK((by_call ? test.run(Call{echo}) : test.run(Entry{odd_entry})) == FORKMAP_RUN_COMPLETE);
    CHECK(test.status(0) == FORKMAP_STATUS_NONE);
    CHECK(test.status(1) == FORKMAP_STATUS_VALUE);
    CHECK(test.status(2) == FORKMAP_STATUS_VALUE);
    CHECK(test.complete() == 3);
    CHECK(test.chunk.first == 1);
  }
}

TEST_CASE("a run entry gets its context") {
  ChunkOnBuffer test("(i64) -> i64", {"1"});
  std::int64_t context = 5;
  const Entry entry = [](void* it, forkmap_chunk* chunk) {
    static_cast<std::int64_t*>(chunk->results[0].values)[0] = *static_cast<std::int64_t*>(it);
    chunk->status[0] = FORKMAP_STATUS_VALUE;
    forkmap_set_progress(chunk, 1);
    return int{FORKMAP_RUN_COMPLETE};
  };
  REQUIRE(test.run(entry, &context) == FORKMAP_RUN_COMPLETE);
  CHECK(test.rows() == Rows{"5"});
}

TEST_CASE("progress says which item runs, before and after each") {
  static std::vector<std::uint64_t> seen;
  seen.clear();
  ChunkOnBuffer test("(i64) -> ()", {"1", "2", "3"});
  const Call call = [](forkmap_call* it) {
    seen.push_back(__atomic_load_n(it->chunk->progress, __ATOMIC_RELAXED));
    return it->item == 1 ? 1 : 0;
  };
  REQUIRE(test.run(call) == FORKMAP_RUN_COMPLETE);
  const std::uint64_t turn = std::uint64_t{7} << 32;
  CHECK(seen == std::vector<std::uint64_t>{turn, turn + 1, turn + 2});
  CHECK(*test.chunk.progress == turn + 3);
}

TEST_CASE("whatever a called function throws is the error of its item only") {
  const Call call = [](forkmap_call* it) -> int {
    switch (forkmap_arg_i64(it, 0)) {
      case 1:
        throw std::runtime_error("no luck");
      case 2:
        throw 42;
      case 3:
        throw std::string("text");
      default:
        forkmap_return_i64(it, 0, 0);
        return 0;
    }
  };
  ChunkOnBuffer test("(i64) -> i64", {"0", "1", "2", "3", "0"});
  REQUIRE(test.run(call) == FORKMAP_RUN_COMPLETE);
  const Rows rows = test.rows();
  CHECK(rows[0] == "0");
  CHECK(rows[1] == "!no luck");
  CHECK(rows[2] == "!threw a value of type int");
  CHECK(rows[3].starts_with("!threw a value of type std::"));
  CHECK(rows[4] == "0");
}

TEST_CASE("a function that fails and then throws keeps the text it gave") {
  const Call call = [](forkmap_call* it) -> int {
    forkmap_fail(it, "the reason");
    throw std::runtime_error("another");
  };
  ChunkOnBuffer test("(i64) -> i64", {"0"});
  REQUIRE(test.run(call) == FORKMAP_RUN_COMPLETE);
  CHECK(test.rows() == Rows{"!the reason"});
}

TEST_CASE("a window that is full ends the run before the item, which then fits an empty one") {
  for (const bool by_call : {true, false}) {
    const std::string long_text(300, 'x');
    ChunkOnBuffer test("(str) -> str", {"a", long_text, "b"}, FORKMAP_MAX_MESSAGE_BYTES + 300);
    CHECK((by_call ? test.run(Call{echo}) : test.run(Entry{odd_entry})) == FORKMAP_RUN_WINDOW_FULL);
    CHECK(test.complete() == 1);
    CHECK(test.rows() == Rows{"a"});
    CHECK(test.chunk.needed_bytes == 300);
    CHECK(test.status(1) == FORKMAP_STATUS_NONE);
    CHECK(test.is_sound());

    ChunkOnBuffer again("(str) -> str", {long_text, "b"}, FORKMAP_MAX_MESSAGE_BYTES + 301);
    CHECK((by_call ? again.run(Call{echo}) : again.run(Entry{odd_entry})) == FORKMAP_RUN_COMPLETE);
    CHECK(again.rows() == Rows{long_text, "b"});
  }
}

TEST_CASE("a called function cannot get past a full window, whatever it does then") {
  for (const char* deed : {"returns 0", "fails", "throws", "tries again"}) {
    INFO(deed);
    static std::string what;
    what = deed;
    const Call call = [](forkmap_call* it) -> int {
      CHECK(forkmap_return_bytes(it, 0, std::string(500, 'x').data(), 500) != 0);
      CHECK(it->state == FORKMAP_CALL_FULL);
      if (what == "fails") return forkmap_fail(it, "text");
      if (what == "throws") throw std::runtime_error("text");
      if (what == "tries again") CHECK(forkmap_return_bytes(it, 0, "x", 1) != 0);
      return 0;
    };
    ChunkOnBuffer test("(i64) -> str", {"1", "2"}, FORKMAP_MAX_MESSAGE_BYTES + 100);
    CHECK(test.run(call) == FORKMAP_RUN_WINDOW_FULL);
    CHECK(test.complete() == 0);
    CHECK(test.status(0) == FORKMAP_STATUS_NONE);
    CHECK(test.chunk.bytes_used == 0);
    CHECK(test.chunk.needed_bytes == 500);
  }
}

TEST_CASE(
    "error texts that fill the window end the run, by call and by entry, fixed results or not") {
  const Call failing = [](forkmap_call* it) {
    return forkmap_fail(it, std::string(3000, 'e').c_str());
  };
  const Entry failing_entry = [](void*, forkmap_chunk* chunk) {
    const std::string text(3000, 'e');
    for (std::uint64_t item = chunk->first; item < chunk->count; ++item) {
      if (chunk->table->fail(chunk, item, 2, text.data(), text.size()) != 0) {
        return int{FORKMAP_RUN_WINDOW_FULL};
      }
      forkmap_set_progress(chunk, item + 1);
    }
    return int{FORKMAP_RUN_COMPLETE};
  };
  for (const char* signature : {"(i64) -> i64", "(i64) -> str", "(i64) -> ()"}) {
    for (const bool by_call : {true, false}) {
      ChunkOnBuffer test(signature, Rows(5, "1"), 10000);
      CHECK((by_call ? test.run(failing) : test.run(failing_entry)) == FORKMAP_RUN_WINDOW_FULL);
      CHECK(test.complete() == 3);
      CHECK(test.chunk.bytes_used == 9000);
      CHECK(test.chunk.needed_bytes == 3000);
      CHECK(test.status(3) == FORKMAP_STATUS_NONE);
      CHECK(test.is_sound());
    }
  }
}

TEST_CASE("texts of thrown exceptions end the run in the same way when the window is full") {
  const Call throwing = [](forkmap_call*) -> int {
    throw std::runtime_error(std::string(3000, 'e'));
  };
  ChunkOnBuffer test("(i64) -> i64", Rows(5, "1"), 10000);
  CHECK(test.run(throwing) == FORKMAP_RUN_WINDOW_FULL);
  CHECK(test.complete() == 3);
  CHECK(test.is_sound());
}

TEST_CASE("faults of a run entry are errors of their item; the entry runs again behind it") {
  ChunkOnBuffer test("(str) -> str",
                     {"a", "throw", "b", "throw late", "return 9", "stop", "misuse", "fail", "c"});
  REQUIRE(test.run(odd_entry) == FORKMAP_RUN_COMPLETE);
  CHECK(test.complete() == 9);
  CHECK(test.chunk.first == 0);
  CHECK(test.rows() ==
        Rows{"a", "!thrown by the entry", "b", "!threw a value of type int",
             "!the function's run entry returned 9",
             "!the function's run entry ended before this item and said that all are complete",
             "!result column 1 is not a str, bytes or array column of this function", "!failed",
             "c"});
  CHECK(test.is_sound());
}

TEST_CASE("a run entry that refuses is not run again") {
  ChunkOnBuffer test("(str) -> str", {"a", "refuse", "b"});
  CHECK(test.run(odd_entry) == FORKMAP_RUN_REFUSED);
  CHECK(test.complete() == 1);
}

TEST_CASE("a run entry that goes on behind a full window is put back to it") {
  const Entry careless = [](void*, forkmap_chunk* chunk) {
    for (std::uint64_t item = chunk->first; item < chunk->count; ++item) {
      const std::string text = argument_of(chunk, item);
      void* const place = forkmap_reserve(chunk, item, 0, text.size());
      if (place != nullptr) std::memcpy(place, text.data(), text.size());
      chunk->status[item] = FORKMAP_STATUS_VALUE;
      forkmap_set_progress(chunk, item + 1);
    }
    return int{FORKMAP_RUN_COMPLETE};
  };
  ChunkOnBuffer test("(str) -> str", {"a", std::string(200, 'x'), "b"},
                     FORKMAP_MAX_MESSAGE_BYTES + 100);
  CHECK(test.run(careless) == FORKMAP_RUN_WINDOW_FULL);
  CHECK(test.complete() == 1);
  CHECK(test.rows() == Rows{"a"});
  CHECK(test.is_sound());
}

TEST_CASE("one host state serves runs of one chunk after another") {
  ChunkOnBuffer first("(str) -> str", {std::string(500, 'x')}, FORKMAP_MAX_MESSAGE_BYTES + 100);
  REQUIRE(first.run(echo) == FORKMAP_RUN_WINDOW_FULL);
  CHECK_FALSE(first.host.window_full);
  REQUIRE(settle_item(first.chunk, 0, FORKMAP_STATUS_PAYLOAD_TOO_LARGE, "500 bytes"));
  CHECK(first.rows() == Rows{"!500 bytes"});
  CHECK(first.status(0) == FORKMAP_STATUS_PAYLOAD_TOO_LARGE);
}

TEST_CASE("pthread_exit of a function is no error of its item: it passes through") {
  for (const bool by_call : {true, false}) {
    struct Seen {
      ChunkOnBuffer test{"(str) -> str", {"a", "b"}};
      bool by_call = false;
      bool returned = false;
    } seen;
    seen.by_call = by_call;
    const auto body = [](void* argument) -> void* {
      auto& it = *static_cast<Seen*>(argument);
      const Call call = [](forkmap_call*) -> int { ::pthread_exit(nullptr); };
      const Entry entry = [](void*, forkmap_chunk*) -> int { ::pthread_exit(nullptr); };
      static_cast<void>(it.by_call ? it.test.run(call) : it.test.run(entry));
      it.returned = true;
      return nullptr;
    };
    pthread_t thread{};
    REQUIRE(::pthread_create(&thread, nullptr, body, &seen) == 0);
    REQUIRE(::pthread_join(thread, nullptr) == 0);
    CHECK_FALSE(seen.returned);
    CHECK(seen.test.complete() == 0);
    CHECK(seen.test.status(0) == FORKMAP_STATUS_NONE);
  }
}

TEST_CASE("any mix of results, failures and full windows gives each item one outcome, in order") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 60; ++round) {
    Rows lines(1 + random() % 40);
    for (std::string& line : lines) {
      line = (random() % 4 == 0 ? "!" : "") + std::string(random() % 200, 'x');
    }
    Rows expected;
    for (const std::string& line : lines) expected.push_back(line[0] == '!' ? "!as asked" : line);

    Rows outcomes;
    while (outcomes.size() < lines.size()) {
      const auto begin = lines.begin() + static_cast<std::ptrdiff_t>(outcomes.size());
      ChunkOnBuffer test("(str) -> str", Rows(begin, lines.end()),
                         FORKMAP_MAX_MESSAGE_BYTES + 201 + random() % 500);
      const int returned = test.run(echo);
      REQUIRE(test.is_sound());
      REQUIRE(test.complete() > 0);
      const Rows rows = test.rows();
      REQUIRE((returned == FORKMAP_RUN_COMPLETE) ==
              (rows.size() == lines.size() - outcomes.size()));
      outcomes.insert(outcomes.end(), rows.begin(), rows.end());
    }
    REQUIRE(outcomes == expected);
  }
}
