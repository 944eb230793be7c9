// SPDX-License-Identifier: Apache-2.0
#include <forkmap/plugin.hpp>

#include <pthread.h>

#include <cfenv>
#include <stdexcept>
#include <thread>

#include "tests/catch.hpp"
#include "tests/include/text_run.hpp"

using forkmap::function;
using forkmap::test::run_text;
using forkmap::test::TextRun;
using Lines = std::vector<std::string>;
using Statuses = std::vector<int>;

namespace {

constexpr int kValue = FORKMAP_STATUS_VALUE;
constexpr int kError = FORKMAP_STATUS_FUNCTION_ERROR;

// The compiled loop of a lambda over lines.
template <class F>
TextRun run(F lambda, const Lines& items, const forkmap::test::TextRunOptions& options = {}) {
  const forkmap_function record = function("f", lambda, "").record;
  return run_text(record, items, options);
}

// 1 or 0. fegetround() would ask the x87.
double rounds_to_nearest() {
  volatile double one = 1;
  const volatile double third = one / 3;  // not computed behind what the caller does next
  return third == 0x1.5555555555555p-2 ? 1 : 0;
}

void round_upward() { std::fesetround(FE_UPWARD); }
[[gnu::noinline]] double rounded_upward(double x) {
  round_upward();
  return x;
}
// Read at each call, so nobody knows at compile time whom it calls.
void (*volatile changed)() = round_upward;

std::int64_t not_three(std::int64_t x) {
  if (x == 3) throw std::runtime_error("three is not allowed");
  return x * x;
}

}  // namespace

TEST_CASE("a loop over fixed columns stores a value for each item") {
  const TextRun seen =
      run([](double x, std::int32_t n, bool negate) { return negate ? -n * x : n * x; },
          {"1.5\t2\ttrue", "0.25\t4\tfalse"});
  CHECK(seen.returned == FORKMAP_RUN_COMPLETE);
  CHECK(seen.complete == 2);
  CHECK(seen.turn_kept);
  CHECK(seen.statuses == Statuses{kValue, kValue});
  CHECK(seen.lines == Lines{"-3", "1"});
}

TEST_CASE("several results, no result, text, bytes and arrays") {
  CHECK(
      run([](std::int64_t a, std::int64_t b) { return std::tuple(a / b, a % b, a > b); }, {"7\t2"})
          .lines == Lines{"3\t1\ttrue"});
  const TextRun nothing = run([](std::int64_t) {}, {"1", "2"});
  CHECK(nothing.statuses == Statuses{kValue, kValue});
  CHECK(nothing.lines == Lines{"", ""});
  CHECK(run([](const std::string& text) { return text + text; }, {"ab", ""}).lines ==
        Lines{"abab", ""});
  CHECK(run([](std::span<const std::byte> bytes) { return bytes.size(); }, {"abc"}).lines ==
        Lines{"3"});
  CHECK(run(
            [](std::string_view name, std::span<const double> values) {
              std::vector<float> halves;
              for (const double value : values) halves.push_back(static_cast<float>(value / 2));
              return std::tuple(std::string(name), halves, std::int8_t{-1});
            },
            {"a\t1,2,3", "bcd\t", "e\t5"})
            .lines == Lines{"a\t0.5,1,1.5\t-1", "bcd\t\t-1", "e\t2.5\t-1"});
}

TEST_CASE("a returned view is copied at once") {
  CHECK(run([](std::string_view text) { return text.substr(1); }, {"abc"}).lines == Lines{"bc"});
}

TEST_CASE("an exception is the error of its item, and the others have their values") {
  const forkmap_function record = function<not_three>("f").record;
  const TextRun seen = run_text(record, {"1", "3", "3", "4", "3"});
  CHECK(seen.returned == FORKMAP_RUN_COMPLETE);
  CHECK(seen.complete == 5);
  CHECK(seen.statuses == Statuses{kValue, kError, kError, kValue, kError});
  CHECK(seen.lines ==
        Lines{"1", "three is not allowed", "three is not allowed", "16", "three is not allowed"});
}

TEST_CASE("an item computes as its chunk began, however the one before has changed rounding") {
  const std::fenv_t* const usual = FE_DFL_ENV;
  const Lines items = {"1", "2", "3", "2", "1"};
  SECTION("by a call") {
    CHECK(run(
              [](double x) {
                const double nearest = rounds_to_nearest();
                if (x == 2) round_upward();
                return nearest;
              },
              items)
              .lines == Lines{"1", "1", "1", "1", "1"});
  }
  SECTION("by a call within a call, after which nothing is called") {
    CHECK(run(
              [](double x) {
                if (x != 2) return rounds_to_nearest();
                return rounded_upward(x);
              },
              items)
              .lines == Lines{"1", "2", "1", "2", "1"});
  }
  SECTION("by a pointer") {
    CHECK(run(
              [](double x) {
                if (x == 2) {
                  changed();
                  return x;
                }
                return rounds_to_nearest();
              },
              items)
              .lines == Lines{"1", "2", "1", "2", "1"});
  }
  SECTION("before it throws") {
    CHECK(run(
              [](float x) {
                if (x == 2) {
                  round_upward();
                  throw std::runtime_error("two");
                }
                return static_cast<float>(rounds_to_nearest());
              },
              items)
              .lines == Lines{"1", "two", "1", "two", "1"});
  }
  SECTION("in a function of text") {
    CHECK(run(
              [](const std::string& text) {
                const double nearest = rounds_to_nearest();
                if (text == "2") round_upward();
                return nearest;
              },
              items)
              .lines == Lines{"1", "1", "1", "1", "1"});
  }
  std::fesetenv(usual);
}

TEST_CASE("an exception of any other type is told by its name") {
  const TextRun seen = run(
      [](std::int64_t x) {
        if (x == 2) throw 42;
        return x;
      },
      {"1", "2", "3"});
  CHECK(seen.lines == Lines{"1", "threw a value of type int", "3"});
}

TEST_CASE("a long error text is cut") {
  const TextRun seen = run(
      [](std::int64_t size) {
        if (size > 0) throw std::runtime_error(std::string(static_cast<std::size_t>(size), 'x'));
        return size;
      },
      {"100000"});
  REQUIRE(seen.statuses == Statuses{kError});
  CHECK(seen.lines[0].size() <= FORKMAP_MAX_MESSAGE_BYTES);
  CHECK(seen.lines[0].starts_with("xxxx"));
}

TEST_CASE("an item that does not fit ends the loop before it") {
  const auto grow = [](std::int64_t size) {
    return std::string(static_cast<std::size_t>(size), 'x');
  };
  const TextRun seen =
      run(grow, {"3", "1000", "2000", "1"}, {.bytes_capacity = 2000 + FORKMAP_MAX_MESSAGE_BYTES});
  CHECK(seen.returned == FORKMAP_RUN_WINDOW_FULL);
  CHECK(seen.complete == 2);
  CHECK(seen.statuses == Statuses{kValue, kValue});
}

TEST_CASE("an error text that does not fit ends the loop before its item") {
  const forkmap_function record = function<not_three>("f").record;
  const TextRun seen = run_text(record, {"1", "3", "3", "4"}, {.bytes_capacity = 30});
  CHECK(seen.returned == FORKMAP_RUN_WINDOW_FULL);
  CHECK(seen.complete == 2);
  CHECK(seen.lines == Lines{"1", "three is not allowed"});
}

TEST_CASE("a loop begins at the first item") {
  const forkmap_function record = function<not_three>("f").record;
  const TextRun seen = run_text(record, {"1", "2", "4"}, {.first = 2});
  CHECK(seen.complete == 3);
  CHECK(seen.lines == Lines{"16"});
}

TEST_CASE("a chunk with other columns is refused") {
  const forkmap_column argument{FORKMAP_F64, 0, nullptr, nullptr, nullptr, nullptr};
  const forkmap_result_column result{FORKMAP_I64, 0, nullptr, nullptr};
  forkmap_table table{};
  table.size_bytes = sizeof(forkmap_table);
  forkmap_chunk chunk{};
  chunk.table = &table;
  chunk.size_bytes = sizeof(forkmap_chunk);
  chunk.arguments = &argument;
  chunk.results = &result;
  chunk.argument_count = 1;
  chunk.result_count = 1;
  chunk.count = 1;
  const auto run_entry = forkmap::detail::run_function<std::int64_t(std::int64_t), not_three>;
  CHECK(run_entry(nullptr, &chunk) == FORKMAP_RUN_REFUSED);  // f64 instead of i64
  chunk.argument_count = 0;
  CHECK(run_entry(nullptr, &chunk) == FORKMAP_RUN_REFUSED);
  chunk.argument_count = 1;
  chunk.size_bytes = 8;
  CHECK(run_entry(nullptr, &chunk) == FORKMAP_RUN_REFUSED);
}

TEST_CASE("a function asks for its item's index, its seed and parameters") {
  const auto index = [](std::int64_t) { return forkmap::item_index(); };
  CHECK(run(index, {"0", "0", "0"}, {.first_index = 100, .index_stride = 7}).lines ==
        Lines{"100", "107", "114"});

  const auto seed = [](std::int64_t) { return forkmap::item_seed(); };
  const TextRun together = run(seed, {"0", "0"}, {.first_index = 4, .seed = 9});
  const TextRun alone = run(seed, {"0"}, {.first_index = 5, .seed = 9});
  CHECK(together.lines[1] == alone.lines[0]);
  CHECK(together.lines[0] != together.lines[1]);
  CHECK(run(seed, {"0"}, {.first_index = 5, .seed = 10}).lines != alone.lines);

  const auto parameter = [](std::string_view name) {
    return std::string(forkmap::parameter(name).value_or("none"));
  };
  CHECK(run(parameter, {"a", "b"}, {.parameters = {{"a", "x"}}}).lines == Lines{"x", "none"});
}

TEST_CASE("item_seed is splitmix64(seed ^ splitmix64(index))") {
  const auto splitmix = [](std::uint64_t x) {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
  };
  const auto seed = [](std::int64_t) { return forkmap::item_seed(); };
  CHECK(run(seed, {"0"}, {.first_index = 3, .seed = 12345}).lines ==
        Lines{std::to_string(splitmix(12345 ^ splitmix(3)))});
}

TEST_CASE("threads of a function see its parameters") {
  const auto in_thread = [](std::string_view name) {
    std::string value;
    std::thread([&] { value = forkmap::parameter(name).value_or("none"); }).join();
    return value;
  };
  CHECK(run(in_thread, {"a"}, {.parameters = {{"a", "x"}}}).lines == Lines{"x"});
}

TEST_CASE("outside of functions there is no item and no parameter") {
  CHECK_THROWS_AS(forkmap::item_index(), std::logic_error);
  CHECK_THROWS_AS(forkmap::item_seed(), std::logic_error);
  CHECK_FALSE(forkmap::parameter("a").has_value());
}

TEST_CASE("the forced unwinding of a thread passes through the loop") {
  bool cleaned_up = false;
  bool went_on = false;
  struct Guard {
    bool& flag;
    ~Guard() { flag = true; }
  };
  std::thread([&] {
    const Guard guard{cleaned_up};
    (void)run(
        [](std::int64_t x) {
          if (x == 2) ::pthread_exit(nullptr);
          return x;
        },
        {"1", "2", "3"});
    went_on = true;
  }).join();
  CHECK(cleaned_up);
  CHECK_FALSE(went_on);
}

TEST_CASE("a callable with state runs through its context") {
  struct Counter {
    std::int64_t calls = 0;
    std::int64_t operator()(std::int64_t x) { return ++calls * x; }
  };
  Counter counter;
  forkmap_function record{};
  record.size_bytes = sizeof record;
  record.name = "count";
  record.signature = "(i64) -> i64";
  record.run = forkmap::detail::run_callable<std::int64_t(std::int64_t), Counter>;
  record.context = &counter;
  CHECK(run_text(record, {"1", "10", "100"}).lines == Lines{"1", "20", "300"});
  CHECK(counter.calls == 3);
}

TEST_CASE("a function may run another function's chunk") {
  const auto outer = [](std::int64_t x) {
    const auto inner = [](std::int64_t) { return forkmap::item_index(); };
    const TextRun nested = run(inner, {"0"}, {.first_index = 50});
    return std::tuple(nested.lines[0], forkmap::item_index(), x);
  };
  CHECK(run(outer, {"8", "9"}, {.first_index = 1}).lines == Lines{"50\t1\t8", "50\t2\t9"});
}
