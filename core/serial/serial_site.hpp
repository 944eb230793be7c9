// SPDX-License-Identifier: Apache-2.0
//
// Items run in this process, one in each step: the same columns and the same code as in a worker,
// but a crash is one of this process, and nobody stops an item or limits its time.
//  R1 Results lie in the memory of the call. A batch that is not recycled before the next step
//     keeps it, and the next item has memory of its own.
//  R2 What user code (sources, functions) works with is its own meanwhile: it may call step() and
//     end().
//  R3 What was taken from a source lies in the ledger until its turn to run. If something throws
//     before the item's code may have begun it is there again; after that it is its outcome.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/map/ledger.hpp"
#include "core/plugin/serial_call.hpp"
#include "core/site/events.hpp"
#include "core/site/site.hpp"

namespace forkmap::pool {

// What surrounds the code of a function, for those who share their process with it.
class SerialWatch {
 public:
  SerialWatch() = default;
  SerialWatch(const SerialWatch&) = delete;
  SerialWatch& operator=(const SerialWatch&) = delete;
  virtual ~SerialWatch() = default;
  virtual void begin(std::uint64_t index) = 0;  // of the item in the whole input
  virtual void end() = 0;                       // unless the code has thrown, or ended the process
};

class SerialSite final : public Site {
 public:
  // All outlive it; `watch` may be null, and `arena` where no map is over one. The hooks of the
  // functions' plugins have run.
  SerialSite(const plugin::SerialSession& session, Ledger& ledger, const Events& events,
             SerialWatch* watch, std::byte* arena = nullptr)
      : session_(session), ledger_(ledger), events_(events), watch_(watch), arena_(arena) {}

  [[nodiscard]] State state() const override { return state_; }
  [[nodiscard]] bool holds_work() const override { return false; }
  [[nodiscard]] bool is_idle() const override { return state_ == State::serving && !paused_at_; }
  [[nodiscard]] std::optional<StallKind> stall() const override { return std::nullopt; }
  void begin(Clock::time_point now) override;
  bool step(Look look, StepTime time) override;
  [[nodiscard]] bool look_for_results() noexcept override { return false; }
  void see_items(Clock::time_point /*now*/) override {}
  void announce_sleep() override {}
  void end_sleep(const Sleep& /*sleep*/) override {}
  [[nodiscard]] std::span<const int> fds() const noexcept override { return {}; }
  void ring() const noexcept override {}
  void drain() const noexcept override {}
  [[nodiscard]] std::optional<Clock::time_point> next_deadline(
      Clock::time_point /*now*/) const override {
    return std::nullopt;
  }
  void recall(Map& /*map*/, Clock::time_point /*now*/) override {}
  bool give_back() override { return false; }
  std::optional<Clock::duration> pause(bool on, Clock::time_point now) override;
  void leave() override { end(); }
  void end() override;

 private:
  using Call = std::shared_ptr<plugin::SerialCall>;
  struct Row {
    std::shared_ptr<std::byte[]> memory;
    std::uint64_t bytes = 0;
  };

  const plugin::SerialSession& session_;
  Ledger& ledger_;
  const Events& events_;
  SerialWatch* watch_;
  std::byte* arena_;
  pid_t pid_ = ::getpid();  // of the one worker that there is
  State state_ = State::coming_up;
  std::optional<Clock::time_point> paused_at_;
  std::size_t next_row_ = 0;  // of maps; they take turns
  // To be used again; null while user code works with it (R2).
  Row row_;
  Call call_;
  const plugin::FunctionEntry* function_ = nullptr;  // of the call

  bool take_next();
  bool take_of(const std::shared_ptr<Map>& map);
  void run(Returned item);
  void run_call(const Returned& item, const Call& call, bool& has_begun, ResultBatch& outcome);
  void deliver(const Returned& item, ResultBatch&& outcome);
  // Why the call cannot have the item's row; nothing: it has it.
  [[nodiscard]] std::optional<ItemError> give_row(const Returned& item, Call& call) const;
  [[nodiscard]] Call make_call(const Map& map, std::uint64_t input_bytes) const;
  [[nodiscard]] Call take_call(const Map& map);
};

}  // namespace forkmap::pool
