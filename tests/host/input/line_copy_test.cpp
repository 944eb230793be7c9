// SPDX-License-Identifier: Apache-2.0
#include "host/input/line_copy.hpp"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/catch.hpp"

using namespace forkmap::host;

namespace {

using Lines = std::vector<std::string>;

// Text in memory of its exact size, so that the address sanitizer sees a look behind it.
struct Text {
  explicit Text(const std::string& text) : size(text.size()), bytes(new char[text.size()]) {
    std::copy(text.begin(), text.end(), bytes.get());
  }
  [[nodiscard]] const char* begin() const { return bytes.get(); }
  [[nodiscard]] const char* end() const { return bytes.get() + size; }
  std::size_t size;
  std::unique_ptr<char[]> bytes;
};

struct Copied {
  Lines lines;
  std::size_t bytes_read = 0;
  friend bool operator==(const Copied&, const Copied&) = default;
};

struct Bounds {
  std::uint64_t bytes_capacity;
  std::uint64_t bytes_aim;
  std::uint64_t last_count;
};

Copied copied(const std::string& text, std::size_t scanned, const Bounds& bounds) {
  const Text there(text);
  const std::unique_ptr<unsigned char[]> bytes(new unsigned char[bounds.bytes_capacity]);
  std::vector<std::uint64_t> ends(bounds.last_count);
  LineRoom room{bytes.get(), 0, bounds.bytes_capacity, bounds.bytes_aim,
                ends.data(), 0, bounds.last_count};
  const char* const stop =
      copy_whole_lines(there.begin(), there.begin() + scanned, there.end(), '\n', room);
  Copied result;
  result.bytes_read = static_cast<std::size_t>(stop - there.begin());
  std::uint64_t begin = 0;
  for (std::uint64_t i = 0; i < room.count; ++i) {
    result.lines.emplace_back(reinterpret_cast<const char*>(bytes.get()) + begin, ends[i] - begin);
    begin = ends[i];
  }
  CHECK(room.bytes_used == begin);
  return result;
}

// The same, told plainly.
Copied wanted(const std::string& text, const Bounds& bounds) {
  Copied result;
  std::uint64_t used = 0;
  for (;;) {
    if (result.lines.size() == bounds.last_count) return result;
    if (bounds.bytes_aim > 0 && used >= bounds.bytes_aim) return result;
    const std::size_t end = text.find('\n', result.bytes_read);
    if (end == std::string::npos) return result;
    const std::string line = text.substr(result.bytes_read, end - result.bytes_read);
    if (line.size() > bounds.bytes_capacity - used) return result;
    used += line.size();
    result.lines.push_back(line);
    result.bytes_read = end + 1;
  }
}

}  // namespace

TEST_CASE("whole lines are copied up to the bound that comes first") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 400, ' ');
    // From a newline in every second place to one in a hundred.
    const std::uint64_t rareness = 2 + random() % 100;
    for (char& c : text) {
      c = random() % rareness == 0 ? '\n' : static_cast<char>('a' + random() % 26);
    }
    const Bounds bounds{1 + random() % 500, random() % 2 == 0 ? 0 : 1 + random() % 300,
                        1 + random() % 100};
    const std::size_t first = std::min(text.find('\n'), text.size());
    const std::size_t scanned = random() % (first + 1);
    REQUIRE(copied(text, scanned, bounds) == wanted(text, bounds));
  }
}

TEST_CASE("ends of lines are found at every place of a block") {
  for (std::size_t size = 0; size < 200; ++size) {
    const std::string line(size, 'x');
    const std::string text = line + "\n" + line + "\n\n" + line;
    const Bounds bounds{1000, 0, 10};
    REQUIRE(copied(text, 0, bounds) == wanted(text, bounds));
    CHECK(copied(text, size, bounds).lines == Lines{line, line, ""});
    CHECK(copied(text, size, bounds).bytes_read == 2 * size + 3);
  }
}

TEST_CASE("bytes of any value stand in lines") {
  std::string line;
  for (int byte = 255; byte >= 0; --byte) {
    if (byte != '\n') line += static_cast<char>(byte);
  }
  CHECK(copied(line + "\n" + line + "\n", 0, {1000, 0, 10}).lines == Lines{line, line});
}
