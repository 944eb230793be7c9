// SPDX-License-Identifier: Apache-2.0
//
// Lets a run over a pool be looked at while it goes on: by SIGUSR1 and through its status socket.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

#include "core/pool/engine.hpp"
#include "host/run/job.hpp"
#include "host/text/node_facts.hpp"
#include "host/watch/rate_meter.hpp"
#include "host/watch/server.hpp"
#include "host/watch/status.hpp"

namespace forkmap::host {

// What is known of the other machines now; empty: there are none.
using LookAtNodes = std::function<AllNodesFacts()>;

// That a pool was to have on this machine.
[[nodiscard]] int wanted_workers(const pool::Engine& engine);

class RunWatch {
 public:
  // If there can be no status socket, that is said, and the run goes on without.
  RunWatch(pool::Engine& engine, std::shared_ptr<pool::Map> map, RunJob& job,
           LookAtNodes look_at_nodes);
  RunWatch(const RunWatch&) = delete;
  RunWatch& operator=(const RunWatch&) = delete;
  ~RunWatch() = default;

  // To be called in each step of the run; costs a look at the clock, mostly.
  void keep();
  // Somebody may have been what a wait has ended for: the next keep() looks.
  void note_wait() noexcept { next_look_ = {}; }
  // To be waited for, or -1; and how long a wait may last.
  [[nodiscard]] int awaited_fd() const;
  [[nodiscard]] std::optional<std::chrono::nanoseconds> next_in() const;
  // No more items are started.
  void note_ending() noexcept { is_ending_ = true; }
  // The status on standard error.
  void print();

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] RunStatus status();
  [[nodiscard]] std::string answer(const StatusRequest& request);
  [[nodiscard]] std::uint64_t finished() const;

  pool::Engine& engine_;
  std::shared_ptr<pool::Map> map_;
  RunJob& job_;
  LookAtNodes look_at_nodes_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_look_{};
  RateMeter meter_{start_};
  std::optional<StatusServer> server_;
  int workers_wanted_;
  bool is_ending_ = false;
};

}  // namespace forkmap::host
