// SPDX-License-Identifier: Apache-2.0
//
// The host's handle of a zygote: the single-threaded process that forks every worker of a pool.
//
// Who runs this: the host, one thread. Nothing here blocks, except the destructor (which kills).
//  Z1 The zygote forks workers only after all preload steps; it is single-threaded while it does.
//  Z2 Every worker that was spawned is reported exited exactly once, after it and all that it
//     started are gone: killed, but for the session of a worker that left in peace, which has 2 s
//     to end. (What the kernel does not let die within 2 s more, in an uninterruptible call, is
//     left to die later.)
//  Z3 When the host is gone, for whatever reason, the zygote kills all workers and leaves.
//  Z4 When the zygote is gone its workers die (PR_SET_PDEATHSIG).
//  Z5 A zygote that was stopped is continued by the host, and by the kernel when the host ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/process/stack_range.hpp"
#include "core/process/zygote_link.hpp"
#include "core/process/zygote_list.hpp"
#include "core/process/zygote_protocol.hpp"

namespace forkmap::process {

// Asks a worker's own thread for its stack, with the item {turn, item} as its value. By default
// nothing comes of it, so a function that takes its handler away loses the stack only.
inline constexpr int kStackSignal = SIGURG;

// What a new worker process is born with. Its body maps the lane and closes the descriptors.
struct WorkerBirth {
  WorkerId id;
  base::UniqueFd inputs;
  base::UniqueFd results;
  StackRange stack = {};  // that it runs on
};

enum class WorkerStdout : std::uint8_t { inherit, to_stderr, discard };

// One preload step. Returns an error text, or nothing when it went well.
struct PreloadStep {
  std::string name;
  std::function<std::optional<std::string>()> run;
};

// All that the zygote needs to know; inherited by the fork, so callbacks may refer to the host's
// objects as they are at that moment.
struct ZygotePlan {
  std::vector<PreloadStep> preload;
  // Runs in the worker, after its session, signals, limits and standard streams are set up. The
  // result is its exit status; it leaves by _exit.
  std::function<int(WorkerBirth)> worker_body;
  // {turn, item} now, read from the first page of the lane's results. Runs in the zygote.
  std::function<std::uint64_t(const std::byte* results_page)> progress_word;
  // Number of the time limit of what runs now, read from the same page; 0: none, or nothing runs.
  std::function<std::uint32_t(const std::byte* results_page)> limit_number;
  // Whether the worker had begun to leave, read from the same page: one that then ends with status
  // 0 has left in peace, and not by an exit() of the function that ran. Null: none has.
  std::function<bool(const std::byte* results_page)> is_leaving;
  // Runs in a worker that leaves by exit() or quick_exit(), on the caller's stack. May be null.
  void (*record_exit)() noexcept = nullptr;
  std::chrono::nanoseconds stop_grace{};  // 0: a stopped worker may stay stopped for ever
  WorkerStdout worker_stdout = WorkerStdout::inherit;
  bool keep_core_limit = false;    // else RLIMIT_CORE is 1
  int nice = 0;                    // steps by which workers have a lower priority than the zygote
  bool pin = false;                // each worker to one core
  std::uint64_t memory_bytes = 0;  // private growth that a worker is allowed; 0: any
  // Of forkmap's own descriptors in the host, those that workers need. The zygote closes all others
  // before it does anything else.
  std::vector<int> worker_descriptors = {};
  // Descriptors that the zygote and its workers keep, besides 0, 1, 2 and the zygote's own.
  // Nothing: all that the program has.
  std::optional<std::vector<int>> kept_descriptors = {};
};

class Zygote final : public ZygoteLink {
 public:
  // Forks. Throws SystemError. Events `preloading`/`preload_failed`/`ready` follow.
  explicit Zygote(const ZygotePlan& plan);
  // Ends it. Does nothing but close descriptors in another process than the one that made it.
  ~Zygote() override;
  Zygote(const Zygote&) = delete;
  Zygote& operator=(const Zygote&) = delete;

  // It is reaped, too.
  bool end() override;
  [[nodiscard]] pid_t pid() const noexcept override;
  [[nodiscard]] int socket_fd() const noexcept override;
  [[nodiscard]] int pidfd() const noexcept override;
  [[nodiscard]] bool ended() const noexcept override;
  [[nodiscard]] bool left_in_peace() const noexcept override;
  [[nodiscard]] bool has_hung_up() const noexcept override { return hung_up_; }
  [[nodiscard]] bool is_stopped() const noexcept override;
  void wake_up() const noexcept override;
  void kill_now() const noexcept override;
  [[nodiscard]] std::optional<Message> next_event() override;
  [[nodiscard]] bool spawn(WorkerId worker, int inputs_fd, int results_fd,
                           int output_fd = -1) override;
  [[nodiscard]] bool stop_item(WorkerId worker, std::uint32_t turn, std::uint32_t item) override;
  [[nodiscard]] bool kill_worker(WorkerId worker) override;
  [[nodiscard]] bool pause() override;
  [[nodiscard]] bool resume() override;
  [[nodiscard]] bool set_limit(std::uint32_t number, std::chrono::nanoseconds limit) override;
  [[nodiscard]] bool quit() override;
  [[nodiscard]] std::string end_text() const override;

 private:
  pid_t pid_ = -1;
  pid_t owner_pid_ = -1;
  base::UniqueFd socket_;
  base::UniqueFd pidfd_;
  ZygoteEntry entry_;
  bool ready_seen_ = false;
  bool hung_up_ = false;
  bool reaped_ = false;
  [[nodiscard]] bool send(const Request& request, const int* descriptors, int descriptor_count);
};

}  // namespace forkmap::process
