// SPDX-License-Identifier: Apache-2.0
//
// A zygote that forks nothing: its workers are in the test's own process, and it reports what the
// test says.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/process/zygote.hpp"
#include "tests/site/in_process_worker.hpp"

namespace forkmap::testing {

// What zygotes of a pool do by themselves.
struct Script {
  bool preload_hangs = false;
  std::string preload_failure = {};  // of step 0
  bool workers_come_up = true;       // ready as soon as they are spawned
  int spawns_that_fail = 0;          // the next so many
  int spawns_that_die = 0;           // the next so many are killed by SIGKILL before they are ready
  bool answers_kill = true;          // a worker that is to be killed is
  bool leave_at_once = false;        // workers, when their zygote is to quit
  std::function<void()> on_look = {};  // when the host looks whether the zygote is stopped
};

class ScriptedZygote final : public process::ZygoteLink {
 public:
  ScriptedZygote(Script& script, const pool::WorkerContext& context, const lane::LaneShape& shape,
                 const lane::Doorbell& doorbell);

  // --- the test's side
  // Null: there is none in this slot.
  [[nodiscard]] InProcessWorker* worker(std::uint32_t slot);
  [[nodiscard]] std::vector<std::uint32_t> slots() const;  // of those that live
  // The worker of the slot ends, with a wait status.
  void exit(std::uint32_t slot, int status, process::ExitCause cause = process::ExitCause::own,
            std::uint64_t limit_ns = 0);
  void die();      // killed, with all workers
  void hang_up();  // says nothing more, and lives on
  void tell(process::EventKind kind, std::uint32_t slot);
  void stop(bool on) noexcept { is_stopped_ = on; }
  // Retiring workers with an empty ring leave.
  void let_leave();

  [[nodiscard]] int spawns() const noexcept { return spawns_; }
  [[nodiscard]] int wake_ups() const noexcept { return wake_ups_; }
  [[nodiscard]] int kills() const noexcept { return kills_; }
  [[nodiscard]] bool is_paused() const noexcept { return is_paused_; }
  [[nodiscard]] const auto& limits() const noexcept { return limits_; }
  struct Stop {
    std::uint32_t slot;
    std::uint32_t item;
  };
  [[nodiscard]] const std::vector<Stop>& stops() const noexcept { return stops_; }

  // --- ZygoteLink
  bool end() override;
  [[nodiscard]] pid_t pid() const noexcept override { return pid_; }
  [[nodiscard]] int socket_fd() const noexcept override { return socket_.get(); }
  [[nodiscard]] int pidfd() const noexcept override { return pidfd_.get(); }
  [[nodiscard]] bool ended() const noexcept override { return is_dead_; }
  [[nodiscard]] bool has_hung_up() const noexcept override { return hung_up_; }
  [[nodiscard]] bool left_in_peace() const noexcept override { return left_; }
  [[nodiscard]] bool is_stopped() const noexcept override {
    if (script_.on_look) script_.on_look();
    return is_stopped_;
  }
  void wake_up() const noexcept override { ++wake_ups_; }
  void kill_now() const noexcept override;
  [[nodiscard]] std::optional<Message> next_event() override;
  [[nodiscard]] bool spawn(process::WorkerId worker, int inputs_fd, int results_fd,
                           int output_fd) override;
  [[nodiscard]] bool stop_item(process::WorkerId worker, std::uint32_t turn,
                               std::uint32_t item) override;
  [[nodiscard]] bool kill_worker(process::WorkerId worker) override;
  [[nodiscard]] bool pause() override;
  [[nodiscard]] bool resume() override;
  [[nodiscard]] bool set_limit(std::uint32_t number, std::chrono::nanoseconds limit) override;
  [[nodiscard]] bool quit() override;
  [[nodiscard]] std::string end_text() const override { return "killed by SIGKILL (killed)"; }

 private:
  struct Child {
    process::WorkerId id;
    pid_t pid = 0;
    base::UniqueFd end;  // readable once it has ended
    std::unique_ptr<InProcessWorker> worker;
  };
  Script& script_;
  pool::WorkerContext context_;
  lane::LaneShape shape_;
  const lane::Doorbell& doorbell_;
  pid_t pid_;
  base::UniqueFd socket_;
  base::UniqueFd pidfd_;
  std::deque<Message> messages_;
  std::map<std::uint32_t, Child> children_;  // by slot
  std::map<std::uint32_t, std::chrono::nanoseconds> limits_;
  std::vector<Stop> stops_;
  int spawns_ = 0;
  int kills_ = 0;
  mutable int wake_ups_ = 0;
  mutable bool is_dead_ = false;
  bool hung_up_ = false;
  bool is_stopped_ = false;
  bool is_paused_ = false;
  bool quits_ = false;
  bool left_ = false;

  void post(Message message);
  void leave();
  void say(process::EventKind kind, process::WorkerId id = {}, int error_number = 0);
};

}  // namespace forkmap::testing
