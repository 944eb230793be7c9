// SPDX-License-Identifier: Apache-2.0
//
// What the host asks of a zygote and hears from it. Zygote is the real one; tests have one that
// forks nothing and does what a script says. No call is made an item or a task.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/unique_fd.hpp"
#include "core/process/zygote_protocol.hpp"

namespace forkmap::process {

class ZygoteLink {
 public:
  ZygoteLink() = default;
  ZygoteLink(const ZygoteLink&) = delete;
  ZygoteLink& operator=(const ZygoteLink&) = delete;
  virtual ~ZygoteLink() = default;

  // Kills the zygote and every worker still alive. True if it had left by itself, with everything
  // below it gone.
  virtual bool end() = 0;

  [[nodiscard]] virtual pid_t pid() const noexcept = 0;
  // Readable: next_event() has something, or the zygote is gone.
  [[nodiscard]] virtual int socket_fd() const noexcept = 0;
  // Readable: the zygote has ended.
  [[nodiscard]] virtual int pidfd() const noexcept = 0;
  [[nodiscard]] virtual bool ended() const noexcept = 0;
  // It has ended by itself, with everything below it gone.
  [[nodiscard]] virtual bool left_in_peace() const noexcept = 0;

  // next_event() will say nothing more: it is at its end, which is seen through pidfd(). Its socket
  // stays readable, so it is waited for no more.
  [[nodiscard]] virtual bool has_hung_up() const noexcept = 0;

  // True if somebody has stopped it (SIGSTOP) and it has not been continued since.
  [[nodiscard]] virtual bool is_stopped() const noexcept = 0;
  virtual void wake_up() const noexcept = 0;   // SIGCONT: whoever stopped it, its workers need it
  virtual void kill_now() const noexcept = 0;  // SIGKILL; its end is then seen through pidfd()

  struct Message {
    Event event;
    base::UniqueFd pidfd;  // with `spawned`; empty if this process has no descriptor left for it
  };
  // The next event, or nothing if there is none now. After the zygote's end what it had still sent
  // is returned first.
  [[nodiscard]] virtual std::optional<Message> next_event() = 0;

  // False if the zygote is gone (its end is then seen through pidfd()). A socket buffer that is
  // full is waited for at most a second, then counts as gone.
  [[nodiscard]] virtual bool spawn(WorkerId worker, int inputs_fd, int results_fd,
                                   int output_fd) = 0;
  [[nodiscard]] virtual bool stop_item(WorkerId worker, std::uint32_t turn, std::uint32_t item) = 0;
  [[nodiscard]] virtual bool kill_worker(WorkerId worker) = 0;
  [[nodiscard]] virtual bool pause() = 0;
  [[nodiscard]] virtual bool resume() = 0;
  // Time limit `number` (1 to base::kMostTimeLimits) from now on; zero: none.
  [[nodiscard]] virtual bool set_limit(std::uint32_t number, std::chrono::nanoseconds limit) = 0;
  [[nodiscard]] virtual bool quit() = 0;

  // "killed by SIGKILL (killed)", "exited with status 3"; valid once ended(). Says so if the status
  // is lost because this process ignores SIGCHLD.
  [[nodiscard]] virtual std::string end_text() const = 0;
};

}  // namespace forkmap::process
