// SPDX-License-Identifier: Apache-2.0
//
// Results as columns, there and back, cut short and changed at random.
#include "core/node/result_image.hpp"

#include <bit>
#include <cstring>
#include <limits>
#include <random>

#include "core/node/messages.hpp"
#include "core/types/signature.hpp"
#include "tests/catch.hpp"
#include "tests/node/changed_messages.hpp"

namespace forkmap::testing {

namespace {

// A batch of random columns as a worker leaves them: failed rows have an error text where others
// have values, and what else lies in between is not zero.
class Made {
 public:
  Made(std::string_view results, std::uint32_t count, std::uint32_t seed)
      : types(types::parse_signature("(i64) -> " + std::string(results)).results),
        layout_(types::layout_columns(types::Part::results, types, count)),
        memory_(layout_.bytes_offset_bytes / 8 + std::size_t{64} * count + 8),
        random_(seed) {
    auto* const base = reinterpret_cast<std::byte*>(memory_.data());
    for (std::uint64_t& word : memory_) word = random_();
    std::array<forkmap_result_column, FORKMAP_MAX_COLUMNS> columns{};
    types::result_columns(layout_, base, columns.data());
    auto* const status = reinterpret_cast<unsigned char*>(base);
    std::uint64_t fill = 0;
    for (std::uint32_t row = 0; row < count; ++row) {
      status[row] = random_() % 4 == 0 ? 0x82 : FORKMAP_STATUS_VALUE;
      for (std::uint32_t column = 0; column < layout_.column_count; ++column) {
        if (!types[column].is_variable()) continue;
        const std::uint32_t element = types::element_bytes(types[column]);
        if (status[row] == FORKMAP_STATUS_VALUE) {
          fill = types::aligned_start(fill, element) + random_() % 3 * element;
        } else {
          fill += random_() % 5;
        }
        columns[column].ends[row] = fill;
      }
    }
    batch.count = count;
    batch.status = status;
    batch.columns.resize(layout_.column_count);
    types::readable_columns(layout_, base, batch.columns.data());
  }

  std::vector<types::Type> types;
  ResultBatch batch;

 private:
  types::ColumnLayout layout_;
  std::vector<std::uint64_t> memory_;
  std::mt19937_64 random_;
};

// Bytes of one value, whatever its type.
std::string value(const ResultBatch& batch, const std::vector<types::Type>& types,
                  std::uint32_t row, std::uint32_t column) {
  const forkmap_column& from = batch.columns[column];
  const std::uint32_t element = types::element_bytes(types[column]);
  if (!types[column].is_variable()) {
    return {static_cast<const char*>(from.values) + std::size_t{row} * element, element};
  }
  const std::uint64_t begin = types::aligned_start(from.starts[row], element);
  return {reinterpret_cast<const char*>(from.bytes + begin), from.ends[row] - begin};
}

constexpr std::array kResults = {
    "i64", "f64", "()", "str", "bool", "(f64[], str)", "(i8, str, f64[], bool, i16[], bytes)"};

}  // namespace

TEST_CASE("columns come back with the same values, all of them or some") {
  for (const char* const results : kResults) {
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
      CAPTURE(results, seed);
      std::mt19937 random(seed);
      const auto below = [&](std::uint32_t end) {
        return static_cast<std::uint32_t>(random() % end);
      };
      const Made made(results, 1 + below(20), seed);
      const std::uint32_t first = below(made.batch.count);
      const std::uint32_t count = 1 + below(made.batch.count - first);
      const auto image = node::image_of(made.batch, made.types, first, count);
      REQUIRE(node::fault_of_image(image, made.types, count).empty());
      const std::uint32_t from = below(count);
      const std::uint32_t rows = 1 + below(count - from);
      const node::ImageRows whole{image, made.types, count};
      std::vector<std::uint64_t> memory(node::column_bytes(whole, rows) / 8 + 1);
      ResultBatch back;
      node::put_columns(whole, from, rows, reinterpret_cast<std::byte*>(memory.data()), back);
      REQUIRE(back.columns.size() == made.types.size());
      for (std::uint32_t row = 0; row < rows; ++row) {
        const std::uint32_t before = first + from + row;
        const bool is_value = made.batch.status[before] == FORKMAP_STATUS_VALUE;
        REQUIRE(image[from + row] == (is_value ? std::byte{1} : std::byte{0}));
        if (!is_value) continue;
        for (std::uint32_t column = 0; column < made.types.size(); ++column) {
          REQUIRE(value(back, made.types, row, column) ==
                  value(made.batch, made.types, before, column));
        }
      }
    }
  }
}

TEST_CASE("floats come back bit by bit, whatever number they are, or are not") {
  const std::vector<types::Type> types = types::parse_signature("(i64) -> f64").results;
  const std::array<std::uint64_t, 6> bits = {
      std::bit_cast<std::uint64_t>(-0.0),
      1,                   // the smallest there is
      0x7ff0000000000001,  // a NaN that signals
      0xfff8dead0000beef,  // one with a payload
      std::bit_cast<std::uint64_t>(-std::numeric_limits<double>::infinity()),
      std::bit_cast<std::uint64_t>(0.1)};
  const std::array<unsigned char, 6> status = {1, 1, 1, 1, 1, 1};
  ResultBatch batch;
  batch.count = 6;
  batch.status = status.data();
  batch.columns.resize(1);
  batch.columns[0].type = FORKMAP_F64;
  batch.columns[0].values = bits.data();
  const auto image = node::image_of(batch, types, 0, 6);
  const node::ImageRows whole{image, types, 6};
  std::vector<std::uint64_t> memory(node::column_bytes(whole, 6) / 8 + 1);
  ResultBatch back;
  node::put_columns(whole, 0, 6, reinterpret_cast<std::byte*>(memory.data()), back);
  CHECK(std::memcmp(back.columns[0].values, bits.data(), sizeof(bits)) == 0);
}

TEST_CASE("a row without a value may have no memory for columns") {
  ResultBatch batch;
  const unsigned char failed = FORKMAP_STATUS_FUNCTION_ERROR;
  batch.count = 1;
  batch.status = &failed;
  batch.columns.resize(2);
  const std::vector<types::Type> types = types::parse_signature("(i64) -> (f64, str)").results;
  CHECK(node::fault_of_image(node::image_of(batch, types, 0, 1), types, 1).empty());
}

TEST_CASE("an image that is cut, or longer, is refused") {
  for (const char* const results : kResults) {
    CAPTURE(results);
    const Made made(results, 9, 3);
    auto image = node::image_of(made.batch, made.types, 0, 9);
    for (std::size_t size = 0; size < image.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(node::fault_of_image(std::span(image).first(size), made.types, 9).empty());
    }
    image.emplace_back();
    CHECK_FALSE(node::fault_of_image(image, made.types, 9).empty());
    CHECK_FALSE(node::fault_of_image(image, made.types, 1).empty());
  }
}

TEST_CASE("an array that ends inside an element, and a result of a failed row, are refused") {
  const std::vector<types::Type> types = types::parse_signature("(i64) -> f64[]").results;
  std::array<std::uint64_t, 4> image = {1, 0, 8, 0};  // status, begin, end, the element
  CHECK(node::fault_of_image(std::as_bytes(std::span(image)), types, 1).empty());
  image[2] = 7;
  CHECK(node::fault_of_image(std::as_bytes(std::span(image)), types, 1) ==
        "an array that ends inside an element");
  image[0] = 0;
  image[2] = 8;
  CHECK(node::fault_of_image(std::as_bytes(std::span(image)), types, 1) ==
        "a result of a row that has failed");
}

TEST_CASE("whatever is changed in an image, it is refused or can be read") {
  for (const char* const results : kResults) {
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
      CAPTURE(results, seed);
      std::mt19937 random(seed);
      const Made made(results, 6, seed % 7);
      auto image = node::image_of(made.batch, made.types, 0, 6);
      // Statuses are looked at where the message is read.
      if (image.size() <= 8) continue;
      for (int change = 0; change < 2; ++change) {
        image[8 + random() % (image.size() - 8)] = static_cast<std::byte>(random());
      }
      if (!node::fault_of_image(image, made.types, 6).empty()) continue;
      const node::ImageRows whole{image, made.types, 6};
      std::vector<std::uint64_t> memory(node::column_bytes(whole, 4) / 8 + 1);
      ResultBatch back;
      node::put_columns(whole, 1, 4, reinterpret_cast<std::byte*>(memory.data()), back);
      for (std::uint32_t row = 0; row < 4; ++row) {
        if (image[1 + row] != std::byte{1}) continue;
        for (std::uint32_t column = 0; column < made.types.size(); ++column) {
          CHECK(value(back, made.types, row, column).size() <= image.size());
        }
      }
    }
  }
}

TEST_CASE("parts with columns come back as they were, and are refused where they cannot be") {
  const Made made("(f64, str)", 5, 11);
  node::Parts parts;
  parts.parts.push_back({.block = 3, .row = 2, .worker = 1, .pid = 7});
  node::BlockPart& part = parts.parts[0];
  part.columns = node::image_of(made.batch, made.types, 0, 5);
  for (std::uint32_t row = 0; row < 5; ++row) {
    part.status.push_back(std::to_integer<std::uint8_t>(part.columns[row]));
    if (part.status.back() == 0) part.errors.emplace_back();
  }
  const node::Message message = to_message(parts);
  node::Parts to;
  REQUIRE(from_message(message, to).empty());
  REQUIRE(to.parts.size() == 1);
  CHECK(to.parts[0].status == part.status);
  CHECK(to.parts[0].columns == part.columns);
  CHECK(to.parts[0].errors.size() == part.errors.size());
  CHECK(to.parts[0].ends.empty());
  check_cuts<node::Parts>(message);
  check_noise<node::Parts>(message);
  part.columns[1] = std::byte{2};
  CHECK(from_message(to_message(parts), to) == "statuses that are none of a part's");
  part.columns.resize(4);
  CHECK(from_message(to_message(parts), to) == "columns that are too short");
}

}  // namespace forkmap::testing
