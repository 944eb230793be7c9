// SPDX-License-Identifier: Apache-2.0
//
// What happens in the pool of an agent, until it is sent. Before the coordinator has said whether
// it wants to hear of that, it is kept.
//  T1 No more than kMostEvents are held; others are counted, and the coordinator hears how many.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "core/node/messages.hpp"
#include "core/node/node_event.hpp"

namespace forkmap::node {

class AgentEvents final : public pool::PoolObserver {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kMostEvents = 16384;

  // What the coordinator has said.
  void want(bool on);
  // When some are to be sent; nothing: there are none, or nobody wants them.
  [[nodiscard]] std::optional<Clock::time_point> due() const;
  // All that are here.
  void send(Clock::time_point now, const std::function<void(Message&&)>& send);

  void note(const pool::WorkerReady& event) noexcept override { add({event}); }
  void note(const pool::TaskRan& event) noexcept override;
  void note(const pool::ItemLost& event) noexcept override;
  void note(const pool::WorkerGone& event) noexcept override;
  void note(const pool::CrewStarted& event) noexcept override;
  void note(const pool::ZygoteGone& event) noexcept override;
  void note(const pool::Stalled& /*event*/) noexcept override {}  // it waits for the coordinator
  void note_shortage(std::string_view why, pool::EventTime at) noexcept override;
  void note_resize(int workers, pool::EventTime at) noexcept override;
  void note_pause(bool /*on*/, pool::EventTime /*at*/) noexcept override {}  // as it was asked to

 private:
  std::optional<bool> is_wanted_;
  NodeEvents held_;
  Clock::time_point last_sent_{};

  void add(NodeEvent&& event) noexcept;
};

}  // namespace forkmap::node
