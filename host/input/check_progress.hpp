// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "host/cli/diagnostics.hpp"
#include "host/options/progress_choice.hpp"

namespace forkmap::host {

// How far the check of a large file has come, before a run goes on: on a terminal, or, with
// --progress always, in a line now and then. Nothing is said of a short one.
class CheckProgress {
 public:
  // So many bytes may be read between two calls of add().
  static constexpr std::uint64_t kStepBytes = std::uint64_t{8} << 20U;

  CheckProgress(Progress wanted, Diagnostics& diagnostics);
  CheckProgress(const CheckProgress&) = delete;
  CheckProgress& operator=(const CheckProgress&) = delete;
  ~CheckProgress() { diagnostics_.clear_status(); }

  void begin(std::string what, std::uint64_t total_bytes);
  void add(std::uint64_t bytes);

 private:
  Diagnostics& diagnostics_;
  bool on_terminal_;
  bool is_told_;
  std::string what_;
  std::uint64_t total_bytes_ = 0;
  std::uint64_t done_bytes_ = 0;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace forkmap::host
