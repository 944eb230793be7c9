// SPDX-License-Identifier: Apache-2.0
//
// Results read by views, where they lie.
#include <csignal>
#include <cstdint>
#include <forkmap/forkmap.hpp>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "tests/catch.hpp"

using namespace forkmap;
using Bytes = std::vector<std::byte>;
using ByteView = std::span<const std::byte>;

namespace {

// Long enough for results to stay in their windows until they are read.
constexpr std::size_t kLongBytes = std::size_t{1} << 20;

ByteView same_bytes(ByteView bytes) { return bytes; }

bool holds_only(ByteView bytes, std::byte value) {
  for (const std::byte byte : bytes) {
    if (byte != value) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("views of text and of several results are what the values are") {
  Registry registry;
  const auto split = registry.add("split", [](std::string_view text) {
    return std::tuple(std::string(text.substr(0, 1)), static_cast<std::int64_t>(text.size()),
                      std::vector<double>(text.size(), 0.5));
  });
  Pool pool(registry, {.workers = 2});
  const std::vector<std::string> items{"one", "", "three"};
  std::size_t seen = 0;
  for (const auto& [first, length, halves] : pool.map(split, items).views()) {
    static_assert(std::is_same_v<decltype(first), const std::string_view>);
    static_assert(std::is_same_v<decltype(halves), const std::span<const double>>);
    CHECK(first == items[seen].substr(0, 1));
    CHECK(length == static_cast<std::int64_t>(items[seen].size()));
    CHECK(std::accumulate(halves.begin(), halves.end(), 0.0) ==
          0.5 * static_cast<double>(items[seen].size()));
    ++seen;
  }
  CHECK(seen == items.size());
}

TEST_CASE("views of numbers are numbers, and a function without result has nothing to see") {
  Registry registry;
  const auto square = registry.add("square", [](std::int64_t x) { return x * x; });
  const auto nothing = registry.add("nothing", [](std::int64_t) {});
  Pool pool(registry, {.workers = 1});
  std::int64_t sum = 0;
  for (const std::int64_t value : pool.map(square, {1, 2, 3}).views()) sum += value;
  CHECK(sum == 14);
  int count = 0;
  for (const std::monostate& none : pool.map(nothing, {1, 2}).views()) {
    CHECK(none == std::monostate{});
    ++count;
  }
  CHECK(count == 2);
}

TEST_CASE("a long result keeps its bytes while it is looked at, whatever runs meanwhile") {
  Registry registry;
  const auto same = registry.add("same", same_bytes);
  Pool pool(registry, {.workers = 2});
  std::vector<Bytes> items;
  // More than a lane has cells: windows are used again.
  for (int number = 0; number < 600; ++number) {
    items.emplace_back(number % 3 == 0 ? kLongBytes : 1000, std::byte(number));
  }
  std::size_t seen = 0;
  for (const ByteView bytes : pool.map(same, items).views()) {
    CHECK(bytes.size() == items[seen].size());
    (void)pool.advance();  // other results come in, other items go out
    CHECK(holds_only(bytes, items[seen].front()));
    ++seen;
  }
  CHECK(seen == items.size());
}

TEST_CASE("a view outlives the worker that wrote it, and the first error ends the map") {
  Registry registry;
  const auto same = registry.add("same", same_bytes);
  const auto no_empty = registry.add("no_empty", [](std::string_view text) {
    if (text.empty()) throw std::runtime_error("empty");
    return std::string(text);
  });
  Pool pool(registry, {.workers = 1});
  std::vector<Bytes> items;
  for (int number = 0; number < 40; ++number) items.emplace_back(kLongBytes, std::byte(number));
  std::size_t seen = 0;
  for (const ByteView bytes : pool.map(same, items, {.retries = 100}).views()) {
    if (seen % 8 == 0) {
      const pid_t worker = pool.workers().front().pid;
      if (worker > 0) ::kill(worker, SIGKILL);
      (void)pool.advance();
    }
    CHECK(bytes.size() == kLongBytes);
    CHECK(holds_only(bytes, std::byte(seen)));
    ++seen;
  }
  CHECK(seen == items.size());

  auto views = pool.map(no_empty, {"a", "", "b"}).views();
  auto at = views.begin();
  CHECK(*at == "a");
  CHECK_THROWS_AS(*++at, ItemFailed);
}
