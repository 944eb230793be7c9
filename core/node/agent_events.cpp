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

std::string text_of(std::string_view text) {
  return std::string(text.substr(0, kLongestTextBytes));
}

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
  pool::TaskRan kept = event;
  kept.function = nullptr;
  add({kept, text_of(event.function->full_name)});
}

void AgentEvents::note(const pool::ItemLost& event) noexcept {
  pool::ItemLost kept = event;
  kept.function = nullptr;
  add({kept, text_of(event.function->full_name)});
}

void AgentEvents::note(const pool::WorkerGone& event) noexcept {
  pool::WorkerGone kept = event;
  kept.how = {};
  add({kept, text_of(event.how)});
}

void AgentEvents::note(const pool::CrewStarted& event) noexcept {
  pool::CrewStarted kept = event;
  kept.failure = {};
  add({kept, text_of(event.failure)});
}

void AgentEvents::note(const pool::ZygoteGone& event) noexcept {
  pool::ZygoteGone kept = event;
  kept.how = {};
  add({kept, text_of(event.how)});
}

void AgentEvents::note_shortage(std::string_view why, pool::EventTime at) noexcept {
  add({ShortageNoted{at}, text_of(why)});
}

void AgentEvents::note_resize(int workers, pool::EventTime at) noexcept {
  add({PoolResized{workers, at}, {}});
}

}  // namespace forkmap::node
