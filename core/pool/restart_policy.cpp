// SPDX-License-Identifier: Apache-2.0
#include "core/pool/restart_policy.hpp"

#include <algorithm>
#include <array>

namespace forkmap::pool {

namespace {
constexpr std::array kDelays = {std::chrono::milliseconds(10), std::chrono::milliseconds(100),
                                std::chrono::milliseconds(1000)};

std::chrono::milliseconds delay_at(std::uint32_t step) noexcept {
  return kDelays[std::min<std::size_t>(step, kDelays.size() - 1)];
}
}  // namespace

RestartDecision decide_restart(RestartState state, const Death& death) noexcept {
  if (death.cause == DeathCause::pool || death.cause == DeathCause::zygote_gone) {
    return {Restart::now, {}, state};
  }
  if (death.has_culprit || death.progress) return {Restart::now, {}, {0, death.tasks_settled}};
  if (death.by_sigkill) return {Restart::as_shortage, {}, state};
  const bool in_a_row = death.tasks_settled == state.tasks_settled;
  const std::uint32_t deaths = (in_a_row ? state.fruitless_deaths : 0) + 1;
  const RestartState next{deaths, death.tasks_settled};
  if (deaths >= kFruitlessDeathLimit) return {Restart::give_up, {}, next};
  return {Restart::later, delay_at(deaths - 1), next};
}

bool had_come_up(const Death& death, std::optional<std::chrono::nanoseconds> ready_for) noexcept {
  return death.has_culprit || death.progress || (ready_for && *ready_for >= kUpAfter);
}

ItemFate decide_item(DeathCause cause, int attempts_charged, int retries, bool once) noexcept {
  if (once) return ItemFate::failed;
  if (cause != DeathCause::own) return ItemFate::again_uncharged;
  return attempts_charged < retries ? ItemFate::again_charged : ItemFate::failed;
}

std::chrono::milliseconds shortage_delay(std::uint32_t tries) noexcept { return delay_at(tries); }

}  // namespace forkmap::pool
