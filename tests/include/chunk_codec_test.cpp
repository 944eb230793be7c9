// SPDX-License-Identifier: Apache-2.0
#include <forkmap/chunk_codec.hpp>

#include "tests/catch.hpp"

using namespace forkmap;

namespace {

template <class T>
std::vector<T> copy_of(std::span<const T> values) {
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("a bool byte other than 0 and 1 is read as true") {
  const std::array<unsigned char, 3> bytes = {0, 1, 7};
  const ArgumentReader<bool> reader({FORKMAP_BOOL, 0, bytes.data(), nullptr, nullptr, nullptr});
  CHECK_FALSE(reader[0]);
  CHECK(reader[1]);
  CHECK(reader[2]);
}

TEST_CASE("text is the stretch from start to end, as a view or as a string") {
  const std::array<std::uint64_t, 4> words = {0, 3, 3, 5};
  const auto* bytes = reinterpret_cast<const unsigned char*>("abcde");
  const forkmap_column column{FORKMAP_STR, 0, nullptr, words.data(), words.data() + 1, bytes};
  const ArgumentReader<std::string_view> views(column);
  const ArgumentReader<std::string> strings(column);
  CHECK(views[0] == "abc");
  CHECK(views[1].empty());
  CHECK(views[2] == "de");
  CHECK(strings[2] == "de");
}

TEST_CASE("an array begins at its start rounded up to its element") {
  alignas(8) std::array<unsigned char, 32> bytes{};
  const double value = 2.5;
  std::memcpy(bytes.data() + 8, &value, sizeof value);
  const std::array<std::uint64_t, 2> starts = {3, 16};
  const std::array<std::uint64_t, 2> ends = {16, 16};
  const forkmap_column column{
      FORKMAP_ARRAY | FORKMAP_F64, 0, nullptr, starts.data(), ends.data(), bytes.data()};
  const ArgumentReader<std::span<const double>> spans(column);
  const ArgumentReader<std::vector<double>> vectors(column);
  CHECK(copy_of(spans[0]) == std::vector<double>{2.5});
  CHECK(spans[1].empty());
  CHECK(vectors[0] == std::vector<double>{2.5});
}

TEST_CASE("an empty array may end before its rounded start") {
  const std::array<std::uint64_t, 1> starts = {3};
  const std::array<std::uint64_t, 1> ends = {3};
  alignas(8) const std::array<unsigned char, 16> bytes{};
  const ArgumentReader<std::span<const double>> reader(
      {FORKMAP_ARRAY | FORKMAP_F64, 0, nullptr, starts.data(), ends.data(), bytes.data()});
  CHECK(reader[0].empty());
}

TEST_CASE("a fixed result is stored in its slot") {
  std::array<std::int16_t, 3> slots{};
  const ResultWriter<std::int16_t> writer(nullptr, 0, {FORKMAP_I16, 0, slots.data(), nullptr});
  CHECK(writer.put(1, -5));
  CHECK(slots == std::array<std::int16_t, 3>{0, -5, 0});
}
