// SPDX-License-Identifier: Apache-2.0
//
// A result window belongs to a process that may write anything into it. Whatever stands there,
// reading it stays inside the window and gives either sound columns or a refusal.
#include "core/pool/result_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "core/types/item_status.hpp"
#include "tests/catch.hpp"

namespace forkmap::pool {

namespace {

constexpr std::uint32_t kItems = 20;
constexpr std::uint64_t kWindowBytes = 8192;
constexpr std::array kTypes = {types::Type{FORKMAP_I64}, types::Type{FORKMAP_STR},
                               types::Type{FORKMAP_ARRAY | FORKMAP_F64}};

struct Window {
  types::ColumnLayout layout = types::layout_columns(types::Part::results, kTypes, kItems);
  std::vector<std::byte> memory = std::vector<std::byte>(kWindowBytes);
  std::uint64_t bytes_used = 0;

  // Item i: i, "i" repeated i times, i doubles. Item 7 failed with "seven".
  Window() {
    std::array<forkmap_result_column, 3> columns{};
    types::result_columns(layout, memory.data(), columns.data());
    std::byte* const area = memory.data() + layout.bytes_offset_bytes;
    for (std::uint32_t item = 0; item < kItems; ++item) {
      auto& status = memory[layout.status_offset_bytes + item];
      if (item == 7) {
        status = std::byte{types::kFailed};
        const types::ErrorPlace place{bytes_used, 5};
        std::memcpy(memory.data() + layout.errors_offset_bytes + item * sizeof place, &place,
                    sizeof place);
        std::memcpy(area + bytes_used, "seven", 5);
        bytes_used += 5;
        columns[1].ends[item] = columns[2].ends[item] = bytes_used;
        continue;
      }
      status = std::byte{FORKMAP_STATUS_VALUE};
      static_cast<std::int64_t*>(columns[0].values)[item] = item;
      std::memset(area + bytes_used, 'x', item);
      bytes_used += item;
      columns[1].ends[item] = bytes_used;
      bytes_used = types::aligned_start(bytes_used, 8) + item * sizeof(double);
      columns[2].ends[item] = bytes_used;
    }
  }

  [[nodiscard]] ResultPlace place() const {
    return {&layout, memory.data(), memory.data(), kWindowBytes, false};
  }
};

}  // namespace

TEST_CASE("a sound window is read whole") {
  const Window window;
  BatchMemory memory;
  ResultBatch batch;
  std::vector<RawError> errors;
  REQUIRE(read_results(window.place(), kItems, window.bytes_used, 0, memory, batch, errors));
  CHECK(batch.count == kItems);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].item == 7);
  CHECK(errors[0].text == "seven");
  CHECK(static_cast<const std::int64_t*>(batch.columns[0].values)[19] == 19);
  CHECK(batch.columns[1].ends[19] - batch.columns[1].starts[19] == 19);
}

TEST_CASE("after a death the columns alone say how far the window is filled") {
  const Window window;
  for (std::uint32_t complete = 1; complete <= kItems; ++complete) {
    BatchMemory memory;
    ResultBatch batch;
    std::vector<RawError> errors;
    REQUIRE(read_results(window.place(), complete, std::nullopt, 0, memory, batch, errors));
    CHECK(batch.count == complete);
  }
}

TEST_CASE("sizes that do not fit the window are refused") {
  const Window window;
  BatchMemory memory;
  ResultBatch batch;
  std::vector<RawError> errors;
  CHECK_FALSE(read_results(window.place(), kItems, kWindowBytes, 0, memory, batch, errors));
  CHECK_FALSE(read_results(window.place(), kItems, 0, 0, memory, batch, errors));
  CHECK_FALSE(
      read_results(window.place(), kItems, window.bytes_used, kWindowBytes, memory, batch, errors));
  CHECK_FALSE(read_results(window.place(), kItems, window.bytes_used, ~std::uint64_t{0}, memory,
                           batch, errors));
}

TEST_CASE("whatever a worker scribbles is refused or reads as sound columns") {
  std::mt19937_64 random(20261125);
  int refused = 0;
  int read = 0;
  for (int round = 0; round < 20'000; ++round) {
    Window window;
    const std::uint64_t head = window.layout.bytes_offset_bytes;
    for (std::uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
      const std::uint64_t value = random() % 3 == 0 ? random() : random() % (2 * kWindowBytes);
      const std::uint64_t at = random() % (head - sizeof value);
      std::memcpy(window.memory.data() + at, &value, 1 + random() % sizeof value);
    }
    BatchMemory memory;
    ResultBatch batch;
    std::vector<RawError> errors;
    if (!read_results(window.place(), kItems, window.bytes_used, 0, memory, batch, errors)) {
      ++refused;
      continue;
    }
    ++read;
    std::size_t failed = 0;
    for (std::uint32_t item = 0; item < kItems; ++item) {
      if (batch.status[item] != FORKMAP_STATUS_VALUE) {
        ++failed;
        continue;
      }
      for (const std::size_t column : {1U, 2U}) {
        const forkmap_column& seen = batch.columns[column];
        const std::uint64_t begin = types::aligned_start(seen.starts[item], column == 1 ? 1 : 8);
        REQUIRE(begin <= seen.ends[item]);
        REQUIRE(seen.ends[item] <= window.bytes_used);
      }
    }
    REQUIRE(failed == errors.size());
  }
  CHECK(refused > 1000);
  CHECK(read > 1000);
}

namespace {

// Behind the columns: "item 0\n", ... for all but item 7, with or without the ends of the lines.
struct PrintedWindow : Window {
  explicit PrintedWindow(bool with_ends) : has_ends(with_ends) {
    area = layout.bytes_offset_bytes + (bytes_used + 7) / 8 * 8;
    std::vector<std::uint64_t> ends;
    for (std::uint32_t item = 0; item < kItems; ++item) {
      if (item != 7) text += "item " + std::to_string(item) + "\n";
      ends.push_back(text.size());
    }
    const std::size_t ends_bytes = has_ends ? kItems * sizeof ends[0] : 0;
    if (has_ends) std::memcpy(memory.data() + area, ends.data(), ends_bytes);
    std::memcpy(memory.data() + area + ends_bytes, text.data(), text.size());
  }
  [[nodiscard]] ResultPlace printed_place() const {
    ResultPlace found = place();
    found.has_text_ends = has_ends;
    return found;
  }
  bool has_ends;
  std::uint64_t area = 0;
  std::string text;
};

}  // namespace

TEST_CASE("printed lines are read instead of the columns") {
  const bool has_ends = GENERATE(false, true);
  const PrintedWindow window(has_ends);
  BatchMemory memory;
  ResultBatch batch;
  std::vector<RawError> errors;
  REQUIRE(read_results(window.printed_place(), kItems, window.bytes_used, window.text.size(),
                       memory, batch, errors));
  CHECK(std::string(reinterpret_cast<const char*>(batch.text), batch.text_bytes) == window.text);
  CHECK(batch.columns.empty());
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].text == "seven");
  REQUIRE((batch.text_ends != nullptr) == has_ends);
  if (has_ends) CHECK(batch.text_ends[kItems - 1] == window.text.size());
}

TEST_CASE("ends of lines that a worker scribbled over are refused or in order") {
  std::mt19937_64 random(20261126);
  int refused = 0;
  int read = 0;
  for (int round = 0; round < 5000; ++round) {
    PrintedWindow window(true);
    const std::uint64_t item = random() % kItems;
    const std::uint64_t value = random() % 2 == 0 ? random() % 200 : random();
    std::memcpy(window.memory.data() + window.area + item * sizeof value, &value, sizeof value);
    BatchMemory memory;
    ResultBatch batch;
    std::vector<RawError> errors;
    if (!read_results(window.printed_place(), kItems, window.bytes_used, window.text.size(), memory,
                      batch, errors)) {
      ++refused;
      continue;
    }
    ++read;
    REQUIRE(std::is_sorted(batch.text_ends, batch.text_ends + kItems));
    REQUIRE(batch.text_ends[kItems - 1] == batch.text_bytes);
  }
  CHECK(refused > 100);
  CHECK(read > 100);
}

TEST_CASE("text that does not fit the window behind its columns is refused") {
  const PrintedWindow window(GENERATE(false, true));
  BatchMemory memory;
  ResultBatch batch;
  std::vector<RawError> errors;
  const std::uint64_t room = kWindowBytes - window.area;
  for (const std::uint64_t text_bytes : {room + 1, kWindowBytes, ~std::uint64_t{0}}) {
    CHECK_FALSE(read_results(window.printed_place(), kItems, window.bytes_used, text_bytes, memory,
                             batch, errors));
  }
  for (const std::uint64_t bytes_used : {kWindowBytes, ~std::uint64_t{0}, ~std::uint64_t{7}}) {
    CHECK_FALSE(read_results(window.printed_place(), kItems, bytes_used, window.text.size(), memory,
                             batch, errors));
  }
}

}  // namespace forkmap::pool
