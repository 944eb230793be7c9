// SPDX-License-Identifier: Apache-2.0
//
// A run over a folder of its own, with its results in the file "O".
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/cli/item_lines.hpp"
#include "tests/kit/child_process.hpp"

namespace forkmap::cli {

inline constexpr int kKilled = 128 + 9;

class OutputRun {
 public:
  explicit OutputRun(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {}

  // The whole command line.
  [[nodiscard]] std::vector<std::string> with(const std::vector<std::string>& more) const;
  [[nodiscard]] Ended to_its_end(const std::vector<std::string>& more,
                                 std::string_view input = {}) const {
    return run_forkmap(with(more), input);
  }
  // Killed after so long; its status as a shell shows it.
  [[nodiscard]] int for_a_while(std::chrono::microseconds time,
                                const std::vector<std::string>& more) const;
  // Killed once its file has so many bytes, of which a run that begins anew cuts it first; its
  // status as a shell shows it.
  [[nodiscard]] int up_to_size(std::uintmax_t bytes, const std::vector<std::string>& more) const;
  // A first run, which is given `input` and never its end; killed once it has a record.
  void up_to_record(std::string_view input) const;
  // Killed once there is a record and so many bytes of results, or what is waited for is there;
  // before its end, or the test fails.
  void killed_at(std::uintmax_t bytes, const std::vector<std::string>& more) const;
  void killed_when(const std::function<bool()>& is_there,
                   const std::vector<std::string>& more) const;

  // Arguments of a run of two workers that can be met in its middle: it gives the numbers of its
  // input, from kHeldFrom on when the gate is opened.
  static constexpr long kHeldFrom = 151;
  [[nodiscard]] std::vector<std::string> held(const std::string& input,
                                              const std::vector<std::string>& more = {}) const;
  void open_gate() const { (void)folder.file("gate", "open"); }

  [[nodiscard]] std::string output() const { return folder.read("O"); }
  [[nodiscard]] std::string journal() const { return folder.read("O.journal"); }
  [[nodiscard]] std::size_t records() const { return count_of(journal(), "\"sequence\""); }
  // Until there is one, or the run has ended.
  void wait_for_record(const ChildProcess& process) const;

  TestFolder folder;

 private:
  std::vector<std::string> arguments_;
};

}  // namespace forkmap::cli
