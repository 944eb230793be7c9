// SPDX-License-Identifier: Apache-2.0
//
// A program that runs beside this one (mpirun, a courier), and what it has said so far.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"

namespace forkmap::host {

class StartedProgram {
 public:
  // What becomes of it when this process is gone, however that ends.
  enum class AfterUs : std::uint8_t {
    ends_itself,  // as a courier does, which first tells the others that its streams have ended
    is_ended      // SIGTERM
  };
  // In a process group of its own: an interrupt at the terminal is for this process. Throws
  // SystemError.
  StartedProgram(std::vector<std::string> command, std::vector<std::string> environment,
                 AfterUs after_us);
  StartedProgram(const StartedProgram&) = delete;
  StartedProgram& operator=(const StartedProgram&) = delete;
  ~StartedProgram();  // kills it

  // Readable once it has ended.
  [[nodiscard]] int end_fd() const noexcept { return pidfd_.get(); }
  [[nodiscard]] bool has_ended() const;
  // "ended with status 1", "was killed by SIGKILL", once it has.
  [[nodiscard]] const std::string& how() const noexcept { return how_; }
  // What it has written, its last 64 KiB.
  [[nodiscard]] std::string log() const;
  // Waits for its end at most so long; then asks it to end (SIGTERM), and kills its group a moment
  // later, with all that is below it, whatever group that is in.
  void end(std::chrono::milliseconds patience);

 private:
  base::UniqueFd log_;
  pid_t pid_ = -1;
  base::UniqueFd pidfd_;
  std::string how_;

  [[nodiscard]] bool wait(std::chrono::milliseconds limit) const;
  void reap();
};

}  // namespace forkmap::host
