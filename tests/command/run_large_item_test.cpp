// SPDX-License-Identifier: Apache-2.0
// Memory of a run after one large item.

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"
#include "tests/kit/comes_true.hpp"

using namespace forkmap::cli;

namespace {

constexpr long kLargeBytes = 100'000'000;
constexpr long kBoundKib = 70'000;  // a spare buffer of 64 MiB may stay

// Of its own, and of memory that it shares with workers.
[[maybe_unused]] long memory_kib(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  long sum = 0;
  for (std::string word; file >> word;) {
    if (word != "RssAnon:" && word != "RssShmem:") continue;
    long kib = 0;
    file >> kib;
    sum += kib;
  }
  return sum;
}

}  // namespace

#if !defined(FORKMAP_SANITIZED)
TEST_CASE("what one large result or line has taken is given back while the run waits for more") {
  for (const bool is_line : {false, true}) {
    const TestFolder folder;
    Launch launch = launch_of({"run", "-j1", faulty() + (is_line ? ":echo" : ":grow")});
    launch.output_file = folder.file("results", "");
    ChildProcess run(launch);
    run.write((is_line ? std::string(kLargeBytes, 'x') : std::to_string(kLargeBytes)) + "\n");
    REQUIRE(comes_true([&] {
      return std::filesystem::file_size(launch.output_file) == std::size_t{kLargeBytes} + 1;
    }));
    CHECK(comes_true([&] { return memory_kib(run.pid()) < kBoundKib; }));
    CHECK(run.finish(is_line ? "y\n" : "1\n").status == 0);
  }
}
#endif
