// SPDX-License-Identifier: Apache-2.0
#include "core/types/chunk_services.hpp"

#include <array>
#include <cstring>

#include "tests/catch.hpp"
#include "tests/types/chunk_on_buffer.hpp"

using namespace forkmap::types;

namespace {

constexpr std::uint64_t kMessageBytes = FORKMAP_MAX_MESSAGE_BYTES;
constexpr std::string_view kCut = "... (cut)";

void* reserve(ChunkOnBuffer& test, std::uint64_t item, std::uint32_t column, std::uint64_t size) {
  return test.chunk.table->reserve(&test.chunk, item, column, size);
}

bool put(ChunkOnBuffer& test, std::uint64_t item, std::uint32_t column, std::string_view text) {
  void* const place = reserve(test, item, column, text.size());
  if (place == nullptr) return false;
  std::memcpy(place, text.data(), text.size());
  return true;
}

int fail(ChunkOnBuffer& test, std::uint64_t item, std::string_view text,
         std::uint32_t status = FORKMAP_STATUS_FUNCTION_ERROR) {
  return test.chunk.table->fail(&test.chunk, item, status, text.data(), text.size());
}

void complete(ChunkOnBuffer& test, std::uint64_t item) {
  test.chunk.status[item] = FORKMAP_STATUS_VALUE;
  forkmap_set_progress(&test.chunk, item + 1);
}

std::uint64_t offset_of(const ChunkOnBuffer& test, const void* place) {
  return static_cast<std::uint64_t>(static_cast<const unsigned char*>(place) - test.chunk.bytes);
}

const std::vector<std::string> kFour{"1", "2", "3", "4"};

}  // namespace

TEST_CASE("the table of services is complete and carries its size and version") {
  const forkmap_table& table = *chunk_table();
  CHECK(table.size_bytes == sizeof(forkmap_table));
  CHECK(table.abi_version == FORKMAP_ABI_VERSION);
  std::array<void*, (sizeof(forkmap_table) - offsetof(forkmap_table, reserve)) / sizeof(void*)>
      entries{};
  std::memcpy(entries.data(),
              reinterpret_cast<const char*>(&table) + offsetof(forkmap_table, reserve),
              sizeof(entries));
  for (const void* entry : entries) CHECK(entry != nullptr);
}

TEST_CASE("variable results of an item lie behind each other, in column order") {
  ChunkOnBuffer test("(i64) -> (str, i64, bytes)", kFour);
  REQUIRE(put(test, 0, 0, "one"));
  REQUIRE(put(test, 0, 2, "fir"));
  complete(test, 0);
  REQUIRE(put(test, 1, 0, ""));
  REQUIRE(put(test, 1, 2, "second"));
  complete(test, 1);
  static_cast<std::int64_t*>(test.chunk.results[1].values)[0] = 10;
  static_cast<std::int64_t*>(test.chunk.results[1].values)[1] = 20;
  CHECK(test.chunk.bytes_used == 12);
  CHECK(test.rows() == std::vector<std::string>{"one\t10\tfir", "\t20\tsecond"});
  CHECK(test.is_sound());
}

TEST_CASE("arrays are aligned to their element behind any text, also when they are empty") {
  ChunkOnBuffer test("(i64) -> (str, f64[], u8[], i16[])", kFour);
  for (std::uint64_t item = 0; item < 4; ++item) {
    REQUIRE(put(test, item, 0, std::string(item + 1, 'x')));
    const std::uint64_t size = item * sizeof(double);
    void* const values = reserve(test, item, 1, size);
    REQUIRE(reinterpret_cast<std::uintptr_t>(values) % alignof(double) == 0);
    for (std::uint64_t i = 0; i < item; ++i) static_cast<double*>(values)[i] = 0.5;
    REQUIRE(put(test, item, 2, "\1\2\3"));
    void* const shorts = reserve(test, item, 3, sizeof(std::int16_t));
    REQUIRE(reinterpret_cast<std::uintptr_t>(shorts) % alignof(std::int16_t) == 0);
    *static_cast<std::int16_t*>(shorts) = -2;
    complete(test, item);
  }
  CHECK(test.rows() == std::vector<std::string>{"x\t\t1,2,3\t-2", "xx\t0.5\t1,2,3\t-2",
                                                "xxx\t0.5,0.5\t1,2,3\t-2",
                                                "xxxx\t0.5,0.5,0.5\t1,2,3\t-2"});
  CHECK(test.is_sound());
}

TEST_CASE("room for one error text is kept free of results at all times") {
  ChunkOnBuffer test("(i64) -> bytes", kFour, kMessageBytes + 100);
  CHECK(reserve(test, 0, 0, 100) != nullptr);
  complete(test, 0);
  CHECK(reserve(test, 1, 0, 1) == nullptr);
}

TEST_CASE("a result that does not fit leaves nothing behind and says what it needs") {
  ChunkOnBuffer test("(i64) -> (str, f64[])", kFour, kMessageBytes + 100);
  REQUIRE(put(test, 0, 0, "0123456789"));
  REQUIRE(reserve(test, 0, 1, 8) != nullptr);
  complete(test, 0);
  CHECK(test.chunk.bytes_used == 24);

  REQUIRE(put(test, 1, 0, "abc"));
  CHECK(reserve(test, 1, 1, 80) == nullptr);
  CHECK(test.chunk.bytes_used == 24);
  CHECK(test.chunk.needed_bytes == 8 + 80);  // text, padding, values
  CHECK(test.host.window_full);
  CHECK(test.is_sound());
}

TEST_CASE("after a refusal nothing is taken until the next run, however small") {
  ChunkOnBuffer test("(i64) -> bytes", kFour, kMessageBytes + 10);
  CHECK(reserve(test, 0, 0, 11) == nullptr);
  CHECK(reserve(test, 0, 0, 1) == nullptr);
  CHECK(reserve(test, 1, 0, 1) == nullptr);
  CHECK(fail(test, 0, "text") != 0);
  CHECK(test.chunk.bytes_used == 0);
  CHECK(test.status(0) == FORKMAP_STATUS_NONE);
}

TEST_CASE("sizes that would overflow are refused like any that does not fit") {
  for (const std::uint64_t size :
       {~std::uint64_t{0}, ~std::uint64_t{0} - 7, std::uint64_t{1} << 63}) {
    ChunkOnBuffer test("(i64) -> (str, f64[])", kFour);
    REQUIRE(put(test, 0, 0, "x"));
    CHECK(reserve(test, 0, 1, size) == nullptr);
    CHECK(test.chunk.needed_bytes >= size);
    CHECK(test.chunk.bytes_used == 0);
  }
}

TEST_CASE("a bytes area smaller than an error text takes no result but an empty one") {
  ChunkOnBuffer test("(i64) -> bytes", kFour, 100);
  CHECK(reserve(test, 0, 0, 0) != nullptr);
  complete(test, 0);
  CHECK(reserve(test, 1, 0, 1) == nullptr);
}

TEST_CASE("a failure drops the item's results, and the next item begins behind its text") {
  ChunkOnBuffer test("(i64) -> (str, bytes)", kFour);
  REQUIRE(put(test, 0, 0, "kept"));
  REQUIRE(put(test, 0, 1, "too"));
  complete(test, 0);
  REQUIRE(put(test, 1, 0, "dropped, though long"));
  REQUIRE(fail(test, 1, "why") == 0);
  forkmap_set_progress(&test.chunk, 2);
  REQUIRE(put(test, 2, 0, "next"));
  REQUIRE(put(test, 2, 1, ""));
  complete(test, 2);
  CHECK(test.rows() == std::vector<std::string>{"kept\ttoo", "!why", "next\t"});
  CHECK(test.chunk.bytes_used == 7 + 3 + 4);
  CHECK(test.is_sound());
}

TEST_CASE("a function says that it failed or that its item is bad; all else is FunctionError") {
  ChunkOnBuffer test("(i64) -> i64", std::vector<std::string>(7, "1"));
  const std::array<std::uint32_t, 7> given{FORKMAP_STATUS_FUNCTION_ERROR,
                                           FORKMAP_STATUS_BAD_ITEM,
                                           FORKMAP_STATUS_PAYLOAD_TOO_LARGE,
                                           FORKMAP_STATUS_STALE_REGISTRY,
                                           FORKMAP_STATUS_NONE,
                                           FORKMAP_STATUS_VALUE,
                                           256};
  for (std::uint64_t item = 0; item < given.size(); ++item) {
    REQUIRE(fail(test, item, "text", given[item]) == 0);
    const bool known = item < 2;
    CHECK(test.status(item) ==
          (known ? given[item] : std::uint32_t{FORKMAP_STATUS_FUNCTION_ERROR}));
  }
}

TEST_CASE("failing does not move progress, and failing again replaces the text") {
  ChunkOnBuffer test("(i64) -> i64", kFour);
  forkmap_set_progress(&test.chunk, 0);
  REQUIRE(fail(test, 0, "a first and longer text") == 0);
  REQUIRE(fail(test, 0, "second") == 0);
  CHECK(test.complete() == 0);
  CHECK(test.error(0) == "second");
  CHECK(test.chunk.bytes_used == 6);
}

TEST_CASE("a long error text is cut at 4096 bytes with a mark, between characters") {
  ChunkOnBuffer test("(i64) -> i64", kFour);
  REQUIRE(fail(test, 0, std::string(kMessageBytes, 'a')) == 0);
  CHECK(test.error(0) == std::string(kMessageBytes, 'a'));
  REQUIRE(fail(test, 1, std::string(kMessageBytes + 1, 'b')) == 0);
  CHECK(test.error(1) == std::string(kMessageBytes - kCut.size(), 'b') + std::string(kCut));
  std::string euros;
  while (euros.size() <= kMessageBytes) euros += "\xe2\x82\xac";
  REQUIRE(fail(test, 2, euros) == 0);
  const std::size_t kept = (kMessageBytes - kCut.size()) / 3 * 3;
  CHECK(test.error(2) == euros.substr(0, kept) + std::string(kCut));
}

TEST_CASE("an error text may be empty, null, or hold any bytes") {
  ChunkOnBuffer test("(i64) -> str", kFour);
  REQUIRE(fail(test, 0, "") == 0);
  REQUIRE(test.chunk.table->fail(&test.chunk, 1, FORKMAP_STATUS_FUNCTION_ERROR, nullptr, 12) == 0);
  REQUIRE(fail(test, 2, std::string_view("a\0\xff", 3)) == 0);
  CHECK(test.error(0).empty());
  CHECK(test.error(1).empty());
  CHECK(test.error(2) == std::string("a\0\xff", 3));
}

TEST_CASE("an error text may lie in what the item had reserved") {
  ChunkOnBuffer test("(i64) -> (str, str)", kFour);
  REQUIRE(put(test, 0, 0, "skip "));
  auto* const place = static_cast<char*>(reserve(test, 0, 1, 6));
  REQUIRE(place != nullptr);
  std::memcpy(place, "reason", 6);
  REQUIRE(fail(test, 0, std::string_view(place, 6)) == 0);
  CHECK(test.error(0) == "reason");
  CHECK(test.host.errors[0].offset_bytes == 0);
}

TEST_CASE("error texts fill the window up to its last byte, then it is full") {
  ChunkOnBuffer test("(i64) -> i64", kFour, 2 * kMessageBytes);
  const std::string longest(kMessageBytes, 'x');
  CHECK(fail(test, 0, longest) == 0);
  CHECK(fail(test, 1, longest) == 0);
  CHECK(fail(test, 2, "") == 0);
  CHECK(fail(test, 3, "y") != 0);
  CHECK(test.chunk.needed_bytes == 1);
  CHECK(test.status(3) == FORKMAP_STATUS_NONE);
  CHECK(test.chunk.bytes_used == 2 * kMessageBytes);
}

TEST_CASE("there is room for an error in an empty window, whatever the item had reserved") {
  ChunkOnBuffer test("(i64) -> bytes", kFour, kMessageBytes + 50);
  REQUIRE(reserve(test, 0, 0, 50) != nullptr);
  CHECK(fail(test, 0, std::string(2 * kMessageBytes, 'x')) == 0);
  CHECK(test.error(0).size() == kMessageBytes);
}

TEST_CASE("results that break the rules of the columns are refused as misuse, not as full") {
  const auto misuse_of = [](std::initializer_list<std::uint32_t> columns, std::uint64_t item = 0) {
    ChunkOnBuffer test("(i64) -> (str, i64, bytes, str)", kFour);
    for (const std::uint32_t column : columns) {
      if (reserve(test, item, column, 1) == nullptr) break;
    }
    CHECK_FALSE(test.host.window_full);
    return test.host.misuse;
  };
  CHECK(misuse_of({0, 2, 3}).empty());
  CHECK(misuse_of({2}) == "result column 0 was not set before column 2");
  CHECK(misuse_of({0, 3}) == "result column 2 was not set before column 3");
  CHECK(misuse_of({0, 0}) == "result column 0 was set twice or after a later one");
  CHECK(misuse_of({0, 2, 0}) == "result column 0 was set twice or after a later one");
  CHECK(misuse_of({1}).starts_with("result column 1 is not a str, bytes or array"));
  CHECK(misuse_of({0, 4}).starts_with("result column 4 is not a str, bytes or array"));
  CHECK(misuse_of({0xffffffffu}).starts_with("result column 4294967295 is not"));
  CHECK(misuse_of({0}, 4) == "the function set a result of an item outside its chunk");
}

TEST_CASE("failing an item outside the chunk writes nothing and is noted") {
  ChunkOnBuffer test("(i64) -> str", kFour);
  CHECK(fail(test, 4, "text") != 0);
  CHECK(test.host.misuse == "the function failed an item outside its chunk");
  CHECK(test.chunk.bytes_used == 0);
}

TEST_CASE("a parameter is found by its name, with its size and a NUL behind it") {
  ChunkOnBuffer test("(i64) -> i64", kFour);
  test.parameters = Parameters(
      Parameters::Values{{"calib", "run7.json"}, {"empty", ""}, {"zero", std::string("a\0b", 3)}});
  const auto find = [&](std::string_view name, std::uint64_t* size) {
    return test.chunk.table->parameter(test.chunk.host, name.data(), name.size(), size);
  };
  std::uint64_t size = 99;
  CHECK(std::string(find("calib", &size)) == "run7.json");
  CHECK(size == 9);
  CHECK(std::string(find("empty", &size)).empty());
  CHECK(size == 0);
  REQUIRE(find("zero", &size) != nullptr);
  CHECK(size == 3);
  CHECK(find("calibration", &size) == nullptr);
  CHECK(find("cali", &size) == nullptr);
  CHECK(std::string(find("calib", nullptr)) == "run7.json");
  test.host.parameters = nullptr;
  CHECK(find("calib", &size) == nullptr);
}

TEST_CASE("settling an item gives it a status and a text and moves progress past it") {
  ChunkOnBuffer test("(i64) -> str", kFour);
  REQUIRE(settle_item(test.chunk, 0, FORKMAP_STATUS_BAD_ITEM, "no number"));
  REQUIRE(settle_item(test.chunk, 1, FORKMAP_STATUS_PAYLOAD_TOO_LARGE, "larger"));
  CHECK(test.complete() == 2);
  CHECK(test.status(0) == FORKMAP_STATUS_BAD_ITEM);
  CHECK(test.status(1) == FORKMAP_STATUS_PAYLOAD_TOO_LARGE);
  CHECK(test.rows() == std::vector<std::string>{"!no number", "!larger"});
  CHECK(test.is_sound());
}

TEST_CASE("settling says when there is no room, and then does nothing") {
  ChunkOnBuffer test("(i64) -> str", kFour, kMessageBytes);
  REQUIRE(settle_item(test.chunk, 0, FORKMAP_STATUS_BAD_ITEM, std::string(kMessageBytes, 'x')));
  CHECK_FALSE(settle_item(test.chunk, 1, FORKMAP_STATUS_BAD_ITEM, "y"));
  CHECK(test.complete() == 1);
  CHECK(test.status(1) == FORKMAP_STATUS_NONE);
  CHECK(test.chunk.bytes_used == kMessageBytes);
}

TEST_CASE("settling works behind a run of fewer items, whose last one it does not touch") {
  ChunkOnBuffer test("(str) -> str", {"a", "bad", "c"});
  const auto echo = [](forkmap_call* call) {
    std::uint64_t size = 0;
    const void* const text = forkmap_arg_bytes(call, 0, &size);
    return forkmap_return_bytes(call, 0, text, size);
  };
  test.chunk.count = 1;
  REQUIRE(test.run(+echo) == FORKMAP_RUN_COMPLETE);
  REQUIRE(settle_item(test.chunk, 1, FORKMAP_STATUS_BAD_ITEM, "is bad"));
  test.chunk.first = 2;
  test.chunk.count = 3;
  REQUIRE(test.run(+echo) == FORKMAP_RUN_COMPLETE);
  CHECK(test.rows() == std::vector<std::string>{"a", "!is bad", "c"});
  CHECK(test.is_sound());
}

TEST_CASE("the same host state serves one chunk after another") {
  ChunkOnBuffer first("(i64) -> str", {"1"});
  REQUIRE(settle_item(first.chunk, 0, FORKMAP_STATUS_BAD_ITEM, "some text"));
  ChunkOnBuffer second("(i64) -> str", {"1"});
  second.host.item = first.host.item;
  second.host.item_start_bytes = 12345;
  second.host.window_full = true;
  second.host.next_column = 9;
  REQUIRE(settle_item(second.chunk, 0, FORKMAP_STATUS_BAD_ITEM, "text"));
  CHECK(second.error(0) == "text");
  CHECK(second.is_sound());
}

TEST_CASE("the offsets of results count from the bytes area") {
  ChunkOnBuffer test("(i64) -> f64[]", kFour);
  CHECK(offset_of(test, reserve(test, 0, 0, 16)) == 0);
  complete(test, 0);
  CHECK(offset_of(test, reserve(test, 1, 0, 8)) == 16);
}
