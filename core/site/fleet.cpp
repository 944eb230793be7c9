// SPDX-License-Identifier: Apache-2.0
#include "core/site/fleet.hpp"

#include <algorithm>
#include <forkmap/error.hpp>
#include <utility>

#include "core/base/check.hpp"

namespace forkmap::pool {

Fleet::Fleet(Ledger& ledger, std::vector<std::unique_ptr<Site>> sites, Notice notice)
    : ledger_(ledger),
      sites_(std::move(sites)),
      notice_(std::move(notice)),
      has_ended_(sites_.size()) {
  FORKMAP_CHECK(!sites_.empty());
  for (const auto& site : sites_) fds_.insert(fds_.end(), site->fds().begin(), site->fds().end());
}

template <class Is>
bool Fleet::any(Is&& is) const {
  return std::ranges::any_of(
      sites_, [&](const auto& site) { return !site->has_failed() && is(std::as_const(*site)); });
}

Site::State Fleet::state() const {
  for (const State state : {State::serving, State::coming_up, State::leaving}) {
    if (any([state](const Site& site) { return site.state() == state; })) return state;
  }
  return State::gone;
}

bool Fleet::holds_work() const {
  return any([](const Site& site) { return site.holds_work(); });
}

bool Fleet::is_idle() const {
  return !any([](const Site& site) { return !site.is_idle(); });
}

// Where one has something to do it is no stall.
std::optional<StallKind> Fleet::stall() const {
  std::optional<StallKind> found;
  for (const auto& site : sites_) {
    if (site->has_failed()) continue;
    const std::optional<StallKind> stall = site->stall();
    if (!stall) return std::nullopt;
    if (!found || *found == StallKind::no_worker) found = stall;
  }
  return found;
}

void Fleet::begin(Clock::time_point now) {
  for (const auto& site : sites_) {
    try {
      site->begin(now);
    } catch (const SystemError& error) {
      if (!any([&](const Site& other) { return &other != site.get(); })) throw;
      site->fail(error.what());
    }
  }
  end_failed();
}

bool Fleet::step(Look look, StepTime time) {
  bool did = false;
  const std::size_t count = sites_.size();
  const std::size_t first = first_++ % count;  // nobody is always the first to take
  for (std::size_t turn = 0; turn < count && !has_failed(); ++turn) {
    Site& site = *sites_[(first + turn) % count];
    if (!site.has_failed()) did = site.step(look, time) || did;
    did = end_failed() || did;
  }
  // Between results the lanes are full as it is.
  did = (look != Look::glance && spread()) || did;
  return fail_unserved() || did;
}

// F3
bool Fleet::fail_unserved() {
  if (has_failed()) return false;
  std::string why;
  for (const auto& site : sites_) {
    if (site->has_failed()) continue;
    why = site->unserved();
    if (why.empty()) return false;
  }
  for (const auto& site : sites_) {
    if (site->has_failed()) why += "; " + site->failure();
  }
  fail(why);
  return true;
}

bool Fleet::end_failed() {
  bool did = false;
  for (std::size_t place = 0; place < sites_.size(); ++place) {
    Site& site = *sites_[place];
    if (!site.has_failed() || has_ended_[place]) continue;
    did = true;
    // The last one is ended with the fleet.
    if (!any([](const Site&) { return true; })) {
      fail(site.failure());
      return did;
    }
    has_ended_[place] = true;
    site.end();
    if (notice_) notice_(place, site.failure());
  }
  return did;
}

bool Fleet::spread() {
  if (has_failed()) return false;
  bool did = false;
  const auto serves = [](const Site& site) { return site.state() == State::serving; };
  if (!any(serves)) return false;
  for (const auto& site : sites_) {
    if (!site->has_failed() && !serves(*site)) did = site->give_back() || did;
  }
  // While there is more to be had from the maps nobody needs what others hold.
  if (ledger_.has_turn()) return did;
  for (std::size_t idle = 0; idle < sites_.size(); ++idle) {
    if (sites_[idle]->has_failed() || !sites_[idle]->wants_work()) continue;
    const auto holder = std::ranges::find_if(
        sites_, [](const auto& site) { return !site->has_failed() && site->give_back(); });
    if (holder == sites_.end() && !ledger_.has_returned()) return did;
    // At once, so that the one that gave it does not take all of it again.
    did = sites_[idle]->step(Look::everything, StepTime()) || did;
    did = end_failed() || did;
  }
  return did;
}

bool Fleet::look_for_results() noexcept {
  return std::ranges::any_of(
      sites_, [](const auto& site) { return !site->has_failed() && site->look_for_results(); });
}

void Fleet::see_items(Clock::time_point now) {
  for (const auto& site : sites_) site->see_items(now);
}

void Fleet::announce_sleep() {
  for (const auto& site : sites_) site->announce_sleep();
}

void Fleet::end_sleep(const Sleep& sleep) {
  std::span<const pollfd> ready = sleep.ready;
  for (const auto& site : sites_) {
    Sleep its = sleep;
    its.ready = ready.empty() ? ready : ready.first(site->fds().size());
    ready = ready.empty() ? ready : ready.subspan(site->fds().size());
    site->end_sleep(its);
  }
}

// One of them may have no descriptor.
void Fleet::ring() const noexcept {
  for (const auto& site : sites_) site->ring();
}

void Fleet::drain() const noexcept {
  for (const auto& site : sites_) site->drain();
}

std::optional<Clock::time_point> Fleet::next_deadline(Clock::time_point now) const {
  std::optional<Clock::time_point> next;
  for (const auto& site : sites_) {
    if (site->has_failed()) continue;
    const std::optional<Clock::time_point> due = site->next_deadline(now);
    if (due && (!next || *due < *next)) next = due;
  }
  return next;
}

void Fleet::recall(Map& map, Clock::time_point now) {
  for (const auto& site : sites_) site->recall(map, now);
}

bool Fleet::give_back() {
  bool did = false;
  for (const auto& site : sites_) did = site->give_back() || did;
  return did;
}

std::optional<Clock::duration> Fleet::pause(bool on, Clock::time_point now) {
  std::optional<Clock::duration> away;
  for (const auto& site : sites_) {
    const auto its = site->pause(on, now);
    if (!away) away = its;
  }
  return away;
}

void Fleet::leave() {
  for (const auto& site : sites_) site->leave();
}

void Fleet::end() {
  for (const auto& site : sites_) site->end();
}

}  // namespace forkmap::pool
