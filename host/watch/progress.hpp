// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "host/cli/diagnostics.hpp"
#include "host/options/progress_choice.hpp"

namespace forkmap::host {

// What is known of a run while it goes on.
struct ProgressFacts {
  std::uint64_t done = 0;  // items, failed ones included
  std::uint64_t failed = 0;
  std::optional<std::uint64_t> total = {};  // where it is known without reading ahead
  std::optional<double> fraction = {};      // of the input that was read, where that is known
  // Of the whole input: what is done, and what was done before this run; where they can be told.
  std::optional<double> done_fraction = {};
  double begun_fraction = 0;
  std::chrono::nanoseconds elapsed = {};
};

// A bar and its words, or as many of them as fit into `columns` characters; empty if not even the
// number of items does. The time that is left is told once something is done.
[[nodiscard]] std::string progress_line(const ProgressFacts& facts, std::size_t columns);

// On a terminal a bar that is drawn a few times a second, while this process is in the foreground
// and the bar fits; elsewhere, with `always`, a line a minute.
class ProgressReport {
 public:
  ProgressReport(Progress wanted, bool results_on_terminal, Diagnostics& diagnostics);

  // How long a wait may last until update() has something to draw; nothing if it never has.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> next_in() const;
  [[nodiscard]] bool is_due() const;
  void update(ProgressFacts facts);
  // The bar goes; with `always` one last line says how it ended.
  void finish(ProgressFacts facts);

 private:
  enum class Kind : std::uint8_t { none, bar, lines };

  Kind kind_ = Kind::none;
  bool always_ = false;
  Diagnostics& diagnostics_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace forkmap::host
