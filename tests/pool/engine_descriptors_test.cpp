// SPDX-License-Identifier: Apache-2.0
//
// Several pools in one program, and the program's own descriptors.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <forkmap/pool.hpp>
#include <string>
#include <vector>

#include "tests/catch.hpp"

namespace forkmap::testing {

namespace {

// What the descriptors from 3 on lead to; runs in a worker.
std::string held(long) {
  std::string text;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(entry.path(), gone);
    if (!gone && std::stoi(entry.path().filename()) > 2) text += target.string() + "\n";
  }
  return text;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("a worker holds one bell, its pool's, whatever other pools the program has") {
  Registry registry;
  const auto function = registry.add("held", held);
  Pool first(registry, {.workers = 2});
  Pool second(registry, {.workers = 2});
  (void)first.submit(function, 1).get();
  first.refork();  // a zygote that is younger than the other pool
  for (Pool* const pool : {&first, &second}) {
    for (int i = 0; i < 4; ++i) {
      const std::string descriptors = pool->submit(function, i).get();
      INFO(descriptors);
      CHECK(count_of(descriptors, "[eventfd]") == 1);
      for (const char* const kind : {"[eventpoll]", "[timerfd]", "[pidfd]", "[signalfd]",
                                     "forkmap-inputs", "forkmap-results", "forkmap-arena"}) {
        CHECK(count_of(descriptors, kind) == 0);
      }
    }
  }
}

TEST_CASE("a program's own descriptors live on in workers") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  Registry registry;
  const auto function = registry.add(
      "write_to", [](long fd) -> long { return ::write(static_cast<int>(fd), "x", 1); });
  {
    Pool pool(registry, {.workers = 1});
    CHECK(pool.submit(function, ends[1]).get() == 1);
  }
  std::array<char, 2> read{};
  CHECK(::read(ends[0], read.data(), read.size()) == 1);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("a pool inside a worker works, with descriptors of its own") {
  Registry registry;
  const auto inner = registry.add("inner", [](long x) -> long { return x * x; });
  const auto outer = registry.add("outer", [&registry, &inner](long x) -> long {
    Pool pool(registry, {.workers = 1});
    return pool.submit(inner, x).get() + 1;
  });
  Pool pool(registry, {.workers = 2});
  CHECK(pool.submit(outer, 3).get() == 10);
  CHECK(pool.submit(outer, 4).get() == 17);
}

}  // namespace forkmap::testing
