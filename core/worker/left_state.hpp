// SPDX-License-Identifier: Apache-2.0
//
// What a function leaves behind in its worker and a later item would meet: a timer that runs, a
// mask of signals, a working directory, an umask, a locale. They are put back to what the worker
// had after its start hooks: after a task, or, where tasks are so short that the look would be
// felt, after some of them and before the worker sleeps. Costs some microseconds a look, an
// addition else.
//
// The floating-point environment is core/types' concern: it is put back for each item.
// Not seen, because a look would cost too much: what signals do, timers of timer_create(), limits.
#pragma once

#include <sys/types.h>

#include <array>
#include <clocale>
#include <csignal>
#include <cstdint>
#include <string>

#include "core/base/unique_fd.hpp"

namespace forkmap::pool {

class LeftState {
 public:
  // Remembers the state of this process.
  LeftState();

  // After a task of the function that took so long. Flags of task_codes.hpp: what it, or a task of
  // that function shortly before, had left.
  [[nodiscard]] std::uint32_t after_task(std::uint32_t function, float task_ns) noexcept {
    if (function != function_) {
      function_ = function;
      left_ = 0;
    }
    unseen_ns_ += task_ns;
    if (unseen_ns_ < kLookNs && early_looks_ == 0 && left_ == 0) return 0;
    return look_after_task();
  }
  // Puts back what is not as it was. What that is, is told with the next task of the same function.
  void look() noexcept;

 private:
  static constexpr float kLookNs = 300'000;  // so that looks cost about a hundredth
  static constexpr std::uint32_t kEarlyLooks = 16;
  static constexpr std::size_t kTimers = 3;

  base::UniqueFd folder_;
  dev_t folder_device_ = 0;
  ino_t folder_inode_ = 0;
  mode_t umask_;
  sigset_t mask_{};
  std::array<bool, kTimers> runs_{};
  std::string locale_;
  locale_t thread_locale_;

  std::uint32_t function_ = 0;
  std::uint32_t left_ = 0;
  std::uint32_t early_looks_ = kEarlyLooks;
  float unseen_ns_ = 0;

  std::uint32_t look_after_task() noexcept;
  [[nodiscard]] bool stop_timers() const noexcept;
  [[nodiscard]] bool return_to_folder() const noexcept;
  [[nodiscard]] bool restore_mask() const noexcept;
  [[nodiscard]] bool restore_locale() const noexcept;
};

}  // namespace forkmap::pool
