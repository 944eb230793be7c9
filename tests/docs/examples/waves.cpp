// SPDX-License-Identifier: Apache-2.0
// Hooks, a parameter, and a function that is marked once.
// [plugin]
#include <cmath>
#include <cstdio>
#include <forkmap/plugin.hpp>
#include <stdexcept>
#include <string>
#include <vector>

static std::vector<double> sines;     // made once a pool, shared by its workers
static std::FILE* journal = nullptr;  // each worker has its own

static void build_table() {  // in the zygote
  const std::string steps(forkmap::parameter("steps").value_or("360"));
  const std::size_t count = std::stoul(steps);
  if (count == 0) throw std::invalid_argument("steps must be at least 1");
  for (std::size_t i = 0; i < count; ++i) {
    sines.push_back(std::sin(2 * M_PI * static_cast<double>(i) / static_cast<double>(count)));
  }
}

static void open_journal() {  // in each worker, before its first item
  journal = std::tmpfile();
  if (journal == nullptr) throw std::runtime_error("there can be no journal");
}

static void close_journal() { std::fclose(journal); }  // in each worker that ends in peace

static double sine(std::uint64_t step) { return sines[step % sines.size()]; }

// Returns the size of the journal in bytes. A line that was written must not be written again.
static std::int64_t note(const std::string& line) {
  if (std::fprintf(journal, "%s\n", line.c_str()) < 0) throw std::runtime_error("not written");
  return std::ftell(journal);
}

FORKMAP_PLUGIN("waves", "1.0",
               forkmap::function<sine>("sine", "Return the sine of a step of the circle."),
               forkmap::function<note>("note", "Write a line to the journal.", forkmap::once),
               forkmap::preload<build_table>(), forkmap::start<open_journal>(),
               forkmap::stop<close_journal>())
// [plugin end]
