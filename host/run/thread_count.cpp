// SPDX-License-Identifier: Apache-2.0
#include "host/run/thread_count.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <forkmap/library_threads.hpp>
#include <fstream>
#include <sstream>
#include <string_view>

#include "core/base/file_name.hpp"
#include "host/journal/code_facts.hpp"
#include "host/journal/record.hpp"

namespace forkmap::host {

namespace {

constexpr const char* kThreads = "threads";

// Libraries that read the variables.
constexpr std::array<std::string_view, 9> kThreadingLibraries = {
    "libgomp.", "libomp.",   "libiomp5.",  "libopenblas",   "libmkl_",
    "libblis.", "libgoto2.", "libnumexpr", "libblas_openmp"};

// Not locked, and not changed: another run may write it.
JournalFacts facts_in_journal(const OutputOptions& journal) {
  if (!journal.resume || journal.output.empty()) return {};
  std::ifstream file(journal.output + ".journal", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return read_journal(text.str()).header.machine;
}

std::optional<int> number_in(const JournalFacts& facts, const std::string& name) {
  const auto found = facts.find(name);
  if (found == facts.end()) return std::nullopt;
  const std::string& text = found->second;
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || number < 1) {
    return std::nullopt;
  }
  return number;
}

std::string plural(int count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// The name of its file; nothing if none is loaded.
std::optional<std::string> loaded_threading_library() {
  for (const std::string& path : loaded_files()) {
    std::string name(base::file_name(path));
    const bool is_known = std::ranges::any_of(
        kThreadingLibraries, [&name](std::string_view known) { return name.starts_with(known); });
    if (is_known) return name;
  }
  return std::nullopt;
}

}  // namespace

JournalFacts settle_threads(int asked, const OutputOptions& journal, Diagnostics& diagnostics) {
  const JournalFacts earlier = facts_in_journal(journal);
  const int threads = asked > 0 ? asked : number_in(earlier, kThreads).value_or(1);
  JournalFacts facts;
  facts[kThreads] = std::to_string(threads);
  for (const char* const name : library_thread_variables()) {
    if (const char* const set = std::getenv(name)) {
      facts[name] = set;
      if (asked > 0 && facts[name] != facts[kThreads]) {
        diagnostics.say(std::string(name) + "=" + set + " is set, and wins over --threads " +
                        facts[kThreads]);
      }
    } else if (const auto then = earlier.find(name); then != earlier.end() && asked == 0) {
      ::setenv(name, then->second.c_str(), 1);
      facts[name] = then->second;
    }
  }
  limit_library_threads(threads);
  return facts;
}

void tell_of_idle_cores(int asked, int workers, const JournalFacts& threads,
                        Diagnostics& diagnostics) {
  // The user has chosen the number.
  if (asked > 0 || threads.size() > 1) return;
  const std::optional<std::string> name = loaded_threading_library();
  if (!name) return;
  const int cores = default_workers();
  if (workers == 0) workers = cores;
  const int each = number_in(threads, kThreads).value_or(1);
  if (2 * workers * each > cores) return;
  diagnostics.say(*name + " could use more cores: " + plural(workers, "worker") + " of " +
                  plural(each, "thread") + " leave" + (workers * each == 1 ? "s " : " ") +
                  std::to_string(cores - workers * each) + " of " + plural(cores, "core") +
                  " idle; --threads N gives each worker more threads");
}

}  // namespace forkmap::host
