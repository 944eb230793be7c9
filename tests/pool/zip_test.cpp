// SPDX-License-Identifier: Apache-2.0
#include <forkmap/zip.hpp>
#include <list>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using forkmap::zip;

TEST_CASE("zip() stops at the shortest range") {
  const std::vector<int> numbers{1, 2, 3};
  const std::list<std::string> names{"one", "two"};
  std::vector<std::string> seen;
  for (const auto& [number, name] : zip(numbers, names)) {
    seen.push_back(name + "=" + std::to_string(number));
  }
  CHECK(seen == std::vector<std::string>{"one=1", "two=2"});
  CHECK(zip(numbers, names).size() == 2);
  CHECK(zip(std::vector<int>{}, numbers).empty());
}

TEST_CASE("zip() gives references into what it was given") {
  std::vector<int> numbers{1, 2};
  for (auto&& [number, more] : zip(numbers, std::vector<int>{10, 20})) number += more;
  CHECK(numbers == std::vector<int>{11, 22});
}

TEST_CASE("zip() is as good as the least of its ranges") {
  std::vector<int> numbers{1, 2, 3, 4};
  std::list<int> list{5, 6};
  std::istringstream stream("7 8 9");
  auto vectors = zip(numbers, numbers);
  auto mixed = zip(numbers, list);
  auto single = zip(numbers, std::views::istream<int>(stream));
  static_assert(std::ranges::random_access_range<decltype(vectors)>);
  static_assert(std::ranges::sized_range<decltype(vectors)>);
  static_assert(std::ranges::forward_range<decltype(mixed)>);
  static_assert(!std::ranges::random_access_range<decltype(mixed)>);
  static_assert(std::ranges::input_range<decltype(single)>);
  static_assert(!std::ranges::forward_range<decltype(single)>);
  static_assert(!std::ranges::sized_range<decltype(single)>);
  static_assert(std::ranges::view<decltype(vectors)>);

  auto at = vectors.begin();
  at += 2;
  CHECK(std::get<1>(*at) == 3);
  CHECK(std::get<0>(at[1]) == 4);
  CHECK(at - vectors.begin() == 2);
  CHECK(vectors.begin() < at);
  CHECK(*--at == *(vectors.begin() + 1));

  int sum = 0;
  for (const auto& [left, right] : single) sum += left * right;
  CHECK(sum == 7 + 16 + 27);
}
