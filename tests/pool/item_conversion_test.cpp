// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <forkmap/range_source.hpp>
#include <list>
#include <string>

#include "tests/catch.hpp"

using namespace forkmap;
using detail::item_converts;

// The rules of API and documents, pair by pair.
static_assert(item_converts<std::int8_t, std::int32_t>());
static_assert(item_converts<std::uint8_t, std::int16_t>());
static_assert(item_converts<std::uint32_t, std::uint64_t>());
static_assert(item_converts<long, long long>());
static_assert(item_converts<std::size_t, std::uint64_t>());
static_assert(!item_converts<std::int32_t, std::int16_t>());
static_assert(!item_converts<std::int8_t, std::uint64_t>());
static_assert(!item_converts<std::uint8_t, std::int8_t>());
static_assert(!item_converts<std::uint64_t, std::int64_t>());
static_assert(item_converts<std::int32_t, double>());
static_assert(item_converts<std::uint32_t, double>());
static_assert(!item_converts<std::int64_t, double>());
static_assert(!item_converts<std::int32_t, float>());
static_assert(!item_converts<double, float>());
static_assert(!item_converts<float, double>());
static_assert(!item_converts<double, std::int64_t>());
static_assert(!item_converts<bool, std::int64_t>());
static_assert(!item_converts<std::int64_t, bool>());
static_assert(!item_converts<char, std::int64_t>());
static_assert(item_converts<bool, bool>());
static_assert(item_converts<const char*, std::string_view>());
static_assert(item_converts<std::string, std::string_view>());
static_assert(item_converts<std::string_view, std::string>());
static_assert(!item_converts<std::vector<char>, std::string_view>());
static_assert(item_converts<std::vector<double>, std::span<const double>>());
static_assert(item_converts<std::array<double, 3>, std::vector<double>>());
static_assert(item_converts<std::vector<long long>, std::span<const long>>());
static_assert(!item_converts<std::vector<float>, std::span<const double>>());
static_assert(!item_converts<std::list<double>, std::span<const double>>());
static_assert(!item_converts<std::string, std::span<const std::byte>>());
static_assert(item_converts<std::tuple<int, double>, double, double>());
static_assert(item_converts<std::array<double, 2>, double, double>());
static_assert(item_converts<std::array<double, 2>, std::span<const double>>());
static_assert(item_converts<std::tuple<int>, double>());
static_assert(!item_converts<std::tuple<int, int, int>, double, double>());
static_assert(!item_converts<double, double, double>());
static_assert(!item_converts<std::tuple<double, std::string>, double, double>());
static_assert(std::same_as<ItemOf<std::string_view>, std::string>);
static_assert(std::same_as<ItemOf<const std::string&, std::span<const double>>,
                           std::tuple<std::string, std::vector<double>>>);

namespace {

// An input block of one column in private memory.
template <class T>
struct Block {
  std::array<T, 8> values{};
  std::array<std::uint64_t, 8> ends{};
  std::array<unsigned char, 64> bytes{};
  forkmap_result_column column{type_code<T>, 0, values.data(), ends.data()};
  InputBlock block{.columns = &column,
                   .column_count = 1,
                   .bytes = bytes.data(),
                   .bytes_capacity = bytes.size(),
                   .bytes_aim = bytes.size(),
                   .capacity_items = 8};
};

template <class T, class Items>
auto source_of(Items items) {
  return detail::RangeSource<std::views::all_t<Items>, T>(std::views::all(std::move(items)));
}

}  // namespace

TEST_CASE("a source writes at most as many rows as it is asked for") {
  auto source = source_of<std::int64_t>(std::vector<int>{1, 2, 3});
  CHECK(source.remaining() == 3U);
  Block<std::int64_t> to;
  CHECK(source.fill(to.block, 2) == ItemSource::Fill::more);
  CHECK(to.block.count == 2);
  CHECK(to.values[1] == 2);
  CHECK(source.remaining() == 1U);
  CHECK(source.fill(to.block, 2) == ItemSource::Fill::end);
  CHECK(to.block.count == 3);
  CHECK(to.values[2] == 3);
}

TEST_CASE("a block of one fixed type is copied as it is") {
  auto source = source_of<std::int64_t>(std::vector<long long>{1, 2, 3, 4, 5, 6, 7, 8, 9});
  Block<std::int64_t> to;
  CHECK(source.fill(to.block, 100) == ItemSource::Fill::more);
  CHECK(to.block.count == 8);
  CHECK(source.remaining() == 1U);
  to.block.count = 0;
  CHECK(source.fill(to.block, 100) == ItemSource::Fill::end);
  CHECK(to.values[0] == 9);
}

TEST_CASE("an item that does not fit is kept for the next block, or dropped with its size") {
  auto source = source_of<std::string_view>(std::vector<std::string>{
      std::string(60, 'a'), std::string(10, 'b'), std::string(65, 'c'), "d"});
  Block<std::string_view> to;
  CHECK(source.fill(to.block, 4) == ItemSource::Fill::full);
  CHECK(to.block.count == 1);
  CHECK(source.remaining() == 3U);
  to.block.count = 0;
  to.block.bytes_used = 0;
  CHECK(source.fill(to.block, 4) == ItemSource::Fill::full);
  CHECK(to.block.count == 1);
  CHECK(to.ends[0] == 10);
  CHECK(to.bytes[9] == 'b');
  to.block.count = 0;
  to.block.bytes_used = 0;
  CHECK(source.fill(to.block, 4) == ItemSource::Fill::full);
  CHECK(to.block.count == 0);
  CHECK(source.skip_too_large() == 65);
  CHECK(source.fill(to.block, 4) == ItemSource::Fill::end);
  CHECK(to.block.count == 1);
  CHECK(to.bytes[0] == 'd');
}

TEST_CASE("a source stops once a block has the bytes that are aimed at") {
  auto source = source_of<std::string_view>(std::list<std::string>{"aaaa", "bbbb", "cccc"});
  Block<std::string_view> to;
  to.block.bytes_aim = 6;
  CHECK(source.fill(to.block, 8) == ItemSource::Fill::more);
  CHECK(to.block.count == 2);
}
