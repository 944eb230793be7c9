// SPDX-License-Identifier: Apache-2.0
//
// Items run in this process, one in each step: the same columns and the same code as in a worker,
// but a crash is one of this process, and nobody stops an item or limits its time. Maps over the
// arena are left to other sites.
//  R1 Results lie in the memory of the call. A batch that is not recycled before the next step
//     keeps it, and the next item has memory of its own.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/map/ledger.hpp"
#include "core/plugin/serial_call.hpp"
#include "core/site/events.hpp"
#include "core/site/site.hpp"
#include "core/types/text_format.hpp"

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
  // All outlive it; `watch` may be null. The hooks of the functions' plugins have run.
  SerialSite(const plugin::SerialSession& session, Ledger& ledger, const Events& events,
             SerialWatch* watch)
      : session_(session), ledger_(ledger), events_(events), watch_(watch) {}

  [[nodiscard]] State state() const override { return state_; }
  [[nodiscard]] bool holds_work() const override { return false; }
  [[nodiscard]] bool is_idle() const override { return state_ == State::serving; }
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
  static constexpr std::uint64_t kFirstBytes = 1 << 16;

  const plugin::SerialSession& session_;
  Ledger& ledger_;
  const Events& events_;
  SerialWatch* watch_;
  pid_t pid_ = ::getpid();  // of the one worker that there is
  State state_ = State::coming_up;
  std::optional<Clock::time_point> paused_at_;
  std::size_t next_row_ = 0;  // of maps; they take turns
  std::vector<unsigned char> text_ = std::vector<unsigned char>(kFirstBytes);  // of one item
  std::shared_ptr<plugin::SerialCall> call_;
  const plugin::FunctionEntry* function_ = nullptr;  // of the call

  bool run_next(const std::shared_ptr<Map>& map);
  void run_returned(const Returned& returned);
  // True: the call has the row. Else the item has its outcome.
  [[nodiscard]] bool parse(const Portion& portion, std::string_view text);
  void run(const Portion& portion);
  void deliver(const Portion& portion, ResultBatch&& batch);
  void fail(const Portion& portion, ItemError error, ResultBatch&& batch);
  void make_call(const plugin::FunctionEntry& function, std::uint64_t input_bytes);
  void use_call(const plugin::FunctionEntry& function);
};

}  // namespace forkmap::pool
