// SPDX-License-Identifier: Apache-2.0
//
// The one descriptor of a pool, for callers who wait in a loop of their own.
//  D1 Once it was asked for it is readable, outside the engine's calls, whenever a step would do
//     something: whatever was called last, the workers know that the host sleeps.
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <forkmap/error.hpp>

#include "core/base/system_error.hpp"
#include "core/pool/engine_core.hpp"

namespace forkmap::pool {

int EngineCore::fd() noexcept {
  // Relaxed: nothing is read by way of it. Another thread may ask as well; what the workers do not
  // tell yet is then told by the timer, which has the owner make a step.
  if (owner_->is_this_process() && !fd_given_.exchange(true, std::memory_order_relaxed)) {
    if (owner_->is_here() && calls_ == 0) {
      prepare_return();
    } else {
      itimerspec at_once{};
      at_once.it_value.tv_nsec = 1;
      ::timerfd_settime(timer_.get(), 0, &at_once, nullptr);  // of a timer that is ours: succeeds
    }
  }
  return epoll_.get();
}

void EngineCore::enter() {
  require_owner();
  ++calls_;
}

void EngineCore::leave() noexcept {
  if (--calls_ == 0) prepare_return();
}

// The host goes back to its own code. Nothing, unless somebody has the descriptor.
void EngineCore::prepare_return() noexcept {
  // Relaxed: see fd().
  if (!fd_given_.load(std::memory_order_relaxed) || closed_) return;
  ++calls_;  // a source that is asked now may call the engine
  bool is_sure = false;
  try {
    (void)prepare_sleep();
    is_sure = true;
  } catch (const std::exception&) {
    is_sure = false;  // the next call meets the same error, and throws it
  }
  --calls_;
  if (is_due_ || !is_sure) doorbell_.ring();
}

void EngineCore::set_due(bool due) noexcept {
  if (is_due_ == due) return;
  is_due_ = due;
  if (calls_ == 0) prepare_return();
}

void EngineCore::prepare_hand_over() {
  require_open();
  if (calls_ > 1) {
    throw InvalidOption("a pool cannot be handed over inside one of its calls (an item source)");
  }
  // While preload hooks run, a zygote ends with the thread that forked it.
  while (incoming_ && incoming_->phase == CrewPhase::preloading && !broken()) {
    wait_step(std::chrono::seconds(1), -1);
  }
}

// Afterwards the descriptor becomes readable when step() has something to do.
bool EngineCore::prepare_sleep() {
  bool any = false;
  for (;;) {
    announce_sleep();
    doorbell_.drain();
    if (!step()) break;
    any = true;
  }
  set_timer(next_deadline());
  return any;
}

void EngineCore::set_timer(std::optional<Clock::time_point> deadline) {
  using namespace std::chrono_literals;
  itimerspec setting{};
  if (deadline) {
    const auto left = std::max<std::chrono::nanoseconds>(*deadline - Clock::now(), 1ns);
    setting.it_value.tv_sec = left / 1s;
    setting.it_value.tv_nsec = (left % 1s).count();
  }
  if (::timerfd_settime(timer_.get(), 0, &setting, nullptr) != 0) {
    base::throw_system_error("set a timer (timerfd_settime)", errno);
  }
}

}  // namespace forkmap::pool
