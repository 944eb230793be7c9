// SPDX-License-Identifier: Apache-2.0
#include "core/node/agent_events.hpp"

#include <utility>

namespace forkmap::node {

namespace {

using namespace std::chrono_literals;

// So often at most, or when so many are there.
constexpr auto kSendInterval = 20ms;
constexpr std::size_t kManyEvents = 4096;
// A message has no more of either.
constexpr std::size_t kMessageEvents = 4096;
constexpr std::size_t kMessageTextBytes = std::size_t{256} << 10U;
constexpr std::size_t kLongestTextBytes = std::size_t{64} << 10U;

}  // namespace

void AgentEvents::want(bool on) {
  is_wanted_ = on;
  if (!on) held_ = {};
}

std::optional<AgentEvents::Clock::time_point> AgentEvents::due() const {
  if (!is_wanted_.value_or(false) || (held_.events.empty() && held_.missing == 0)) {
    return std::nullopt;
  }
  return held_.events.size() >= kManyEvents ? last_sent_ : last_sent_ + kSendInterval;
}

void AgentEvents::send(Clock::time_point now, const std::function<void(Message&&)>& send) {
  if (!due()) return;
  last_sent_ = now;
  NodeEvents part{.sent_at = now, .missing = std::exchange(held_.missing, 0)};
  std::size_t text_bytes = 0;
  for (NodeEvent& event : std::exchange(held_.events, {})) {
    text_bytes += event.text.size();
    part.events.push_back(std::move(event));
    if (part.events.size() < kMessageEvents && text_bytes < kMessageTextBytes) continue;
    send(to_message(part));
    part = {.sent_at = now};
    text_bytes = 0;
  }
  if (!part.events.empty() || part.missing > 0) send(to_message(part));
}

void AgentEvents::add(NodeEvent&& event) noexcept {
  if (!is_wanted_.value_or(true)) return;
  if (held_.events.size() < kMostEvents) {
    held_.events.push_back(std::move(event));
  } else {
    ++held_.missing;
  }
}

void AgentEvents::note(const pool::TaskRan& event) noexcept {
  NodeEvent kept{event, event.function->full_name};
  std::get<pool::TaskRan>(kept.what).function = nullptr;
  add(std::move(kept));
}

void AgentEvents::note(const pool::ItemLost& event) noexcept {
  NodeEvent kept{event, event.function->full_name};
  std::get<pool::ItemLost>(kept.what).function = nullptr;
  add(std::move(kept));
}

void AgentEvents::note(const pool::WorkerGone& event) noexcept {
  NodeEvent kept{event, std::string(event.how.substr(0, kLongestTextBytes))};
  std::get<pool::WorkerGone>(kept.what).how = {};
  add(std::move(kept));
}

void AgentEvents::note(const pool::CrewStarted& event) noexcept {
  NodeEvent kept{event, std::string(event.failure.substr(0, kLongestTextBytes))};
  std::get<pool::CrewStarted>(kept.what).failure = {};
  add(std::move(kept));
}

void AgentEvents::note(const pool::ZygoteGone& event) noexcept {
  NodeEvent kept{event, std::string(event.how.substr(0, kLongestTextBytes))};
  std::get<pool::ZygoteGone>(kept.what).how = {};
  add(std::move(kept));
}

void AgentEvents::note_shortage(std::string_view why, pool::EventTime at) noexcept {
  add({ShortageNoted{at}, std::string(why.substr(0, kLongestTextBytes))});
}

void AgentEvents::note_resize(int workers, pool::EventTime at) noexcept {
  add({PoolResized{workers, at}, {}});
}

}  // namespace forkmap::node
