// SPDX-License-Identifier: Apache-2.0
#include <forkmap/plugin.hpp>

#include <cmath>
#include <stdexcept>

#include "tests/catch.hpp"
#include "tests/include/text_run.hpp"

using forkmap::ColumnView;
using forkmap::ColumnWriter;
using forkmap::vectorized;
using forkmap::test::run_text;
using forkmap::test::TextRun;
using Lines = std::vector<std::string>;
using Statuses = std::vector<int>;

namespace {

constexpr int kValue = FORKMAP_STATUS_VALUE;
constexpr int kError = FORKMAP_STATUS_FUNCTION_ERROR;

std::vector<std::size_t> calls;  // items of each call

void roots(std::span<const double> x, std::span<double> root) {
  calls.push_back(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] < 0) throw std::domain_error("negative");
    root[i] = std::sqrt(x[i]);
  }
}

void repeated(ColumnView<std::string_view> text, std::span<const std::uint32_t> times,
              ColumnWriter<std::string> out) {
  calls.push_back(times.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    std::string result;
    for (std::uint32_t n = 0; n < times[i]; ++n) result += text[i];
    out.append(result);
  }
}

template <class F>
TextRun run(F lambda, const Lines& items, const forkmap::test::TextRunOptions& options = {}) {
  return run_text(vectorized("f", lambda, "").record, items, options);
}

}  // namespace

TEST_CASE("a vectorized function has the signature of one item, and the vector entry alone") {
  constexpr forkmap_function record = vectorized<repeated>("repeated", "Say it again.").record;
  CHECK(std::string(record.signature) == "(str, u32) -> str");
  CHECK(record.run_vector != nullptr);
  CHECK(record.run == nullptr);
  CHECK(record.call == nullptr);
  CHECK(record.flags == 0);
  CHECK(std::string(vectorized("f", [](std::span<const bool>, std::span<std::int8_t>,
                                       ColumnWriter<std::vector<float>>) {
                    }).record.signature) == "(bool) -> (i8, f32[])");
  CHECK(std::string(vectorized("f", [](std::span<const bool>) {}).record.signature) ==
        "(bool) -> ()");
}

TEST_CASE("a vectorized function is called once for all items") {
  calls.clear();
  const TextRun seen = run_text(vectorized<roots>("roots").record, {"4", "9", "2.25"});
  CHECK(calls == std::vector<std::size_t>{3});
  CHECK(seen.returned == FORKMAP_RUN_COMPLETE);
  CHECK(seen.complete == 3);
  CHECK(seen.turn_kept);
  CHECK(seen.statuses == Statuses{kValue, kValue, kValue});
  CHECK(seen.lines == Lines{"2", "3", "1.5"});
}

TEST_CASE("a vectorized function that takes up a chunk sees the rest of it") {
  calls.clear();
  const TextRun seen = run_text(vectorized<roots>("roots").record, {"4", "9", "16"}, {.first = 1});
  CHECK(calls == std::vector<std::size_t>{2});
  CHECK(seen.complete == 3);
  CHECK(seen.lines.back() == "4");
}

TEST_CASE("a call that fails is made again for each item, and only the guilty ones are errors") {
  calls.clear();
  const TextRun seen = run_text(vectorized<roots>("roots").record, {"4", "-1", "9", "-2"});
  CHECK(calls == std::vector<std::size_t>{4, 1, 1, 1, 1});
  CHECK(seen.returned == FORKMAP_RUN_COMPLETE);
  CHECK(seen.statuses == Statuses{kValue, kError, kValue, kError});
  CHECK(seen.lines == Lines{"2", "negative", "3", "negative"});
}

TEST_CASE("an exception of any other type fails a vectorized call, too") {
  const TextRun seen = run(
      [](std::span<const std::int64_t> x, std::span<std::int64_t> y) {
        for (std::size_t i = 0; i < x.size(); ++i) {
          if (x[i] == 2) throw 42;
          y[i] = -x[i];
        }
      },
      {"1", "2", "3"});
  CHECK(seen.lines == Lines{"-1", "threw a value of type int", "-3"});
}

TEST_CASE("variable columns of a vectorized function, several at once") {
  const TextRun seen = run(
      [](ColumnView<std::string> name, ColumnView<std::span<const double>> values,
         ColumnWriter<std::string> upper, std::span<double> sum,
         ColumnWriter<std::vector<double>> reversed) {
        for (std::size_t i = 0; i < name.size(); ++i) {
          std::string text(name[i]);
          for (char& letter : text) letter = static_cast<char>(std::toupper(letter));
          upper.append(text);
          sum[i] = 0;
          for (const double value : values[i]) sum[i] += value;
          reversed.append(std::vector<double>(values[i].rbegin(), values[i].rend()));
        }
      },
      {"a\t1,2,3", "bcd\t", "e\t5"});
  CHECK(seen.lines == Lines{"A\t6\t3,2,1", "BCD\t0\t", "E\t5\t5"});
}

TEST_CASE("where the results do not fit, the call is made for half as many items") {
  calls.clear();
  const Lines items(8, "x\t1000");
  // Room for three results; an error text always has its own.
  const TextRun seen = run_text(vectorized<repeated>("f").record, items,
                                {.bytes_capacity = FORKMAP_MAX_MESSAGE_BYTES + 3000});
  CHECK(calls == std::vector<std::size_t>{8, 4, 2});
  CHECK(seen.returned == FORKMAP_RUN_WINDOW_FULL);
  CHECK(seen.complete == 2);
  CHECK(seen.lines == Lines(2, std::string(1000, 'x')));
}

TEST_CASE("a single result that does not fit leaves the item to whoever made the chunk") {
  calls.clear();
  const TextRun seen = run_text(vectorized<repeated>("f").record, {"x\t4000", "x\t1"},
                                {.bytes_capacity = FORKMAP_MAX_MESSAGE_BYTES + 3000});
  CHECK(calls == std::vector<std::size_t>{2, 1});
  CHECK(seen.returned == FORKMAP_RUN_WINDOW_FULL);
  CHECK(seen.complete == 0);
}

TEST_CASE("a vectorized function that leaves out a variable result, or sets one too many") {
  const TextRun short_of_one = run(
      [](std::span<const std::int64_t> x, ColumnWriter<std::string> out) {
        for (const std::int64_t value : x) {
          if (value != 2) out.append(std::to_string(value));
        }
      },
      {"1", "2", "3"});
  CHECK(short_of_one.statuses == Statuses{kValue, kError, kValue});
  CHECK(short_of_one.lines ==
        Lines{"1", "the function did not set the variable results of all items", "3"});
  const TextRun one_too_many = run(
      [](std::span<const std::int64_t> x, ColumnWriter<std::string> out) {
        for (const std::int64_t value : x) out.append(std::to_string(value));
        if (x.front() == 2) out.append("more");
      },
      {"2", "1"});
  CHECK(one_too_many.statuses == Statuses{kError, kValue});
  CHECK(one_too_many.lines == Lines{"the function set a result of an item outside its chunk", "1"});
}

TEST_CASE("two variable columns that are filled one after the other fail, unless for one item") {
  const TextRun seen = run(
      [](std::span<const std::int64_t> x, ColumnWriter<std::string> a,
         ColumnWriter<std::string> b) {
        calls.push_back(x.size());
        for (const std::int64_t value : x) a.append(std::to_string(value));
        for (const std::int64_t value : x) b.append(std::to_string(-value));
      },
      {"1", "2"});
  CHECK(seen.statuses == Statuses{kValue, kValue});
  CHECK(seen.lines == Lines{"1\t-1", "2\t-2"});
}

TEST_CASE("a vectorized function asks for the index and the seed of each of its items") {
  const auto indices = [](std::span<const std::int64_t> x, std::span<std::uint64_t> index,
                          std::span<std::uint64_t> seed) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      index[i] = forkmap::item_index(i);
      seed[i] = forkmap::item_seed(i);
    }
  };
  const auto alone = [](std::int64_t) {
    return std::tuple(forkmap::item_index(), forkmap::item_seed());
  };
  const forkmap::test::TextRunOptions options{.first_index = 5, .index_stride = 3, .seed = 7};
  const TextRun seen = run(indices, {"0", "0", "0"}, options);
  CHECK(seen.lines[2].starts_with("11\t"));
  CHECK(seen.lines ==
        run_text(forkmap::function("f", alone).record, {"0", "0", "0"}, options).lines);
}

TEST_CASE("a vector entry for columns of another signature is refused") {
  const forkmap_function record = vectorized<roots>("roots").record;
  forkmap_function other = record;
  other.signature = "(i64) -> f64";
  CHECK(run_text(other, {"1"}).returned == FORKMAP_RUN_REFUSED);
}
