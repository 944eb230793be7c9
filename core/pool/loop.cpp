// SPDX-License-Identifier: Apache-2.0
#include "core/pool/loop.hpp"

#include <algorithm>
#include <cstdio>
#include <forkmap/error.hpp>
#include <forkmap/exception_text.hpp>
#include <utility>

#include "core/base/printable_text.hpp"

namespace forkmap::pool {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostUnreleasedMaps = 32;
constexpr auto kCancelPatience = 100ms;
constexpr auto kLeavePatience = 5s;
// How often a source that has nothing at hand is asked again.
constexpr auto kSourceInterval = 100ms;

Ledger::Rules rules_of(const Settings& settings) {
  return {.once = settings.options().once,
          .retries = settings.options().retries,
          .timeout = settings.options().timeout,
          .in_flight_bytes = settings.in_flight_bytes(),
          .cell = {lane::kInputPayloadBytes, lane::kResultPayloadBytes}};
}

}  // namespace

Loop::Loop(const plugin::RegistryTable& table, PoolOptions options, PoolObserver* observer,
           const MakeSite& make_site)
    : settings_(table, std::move(options)),
      events_(observer),
      ledger_(rules_of(settings_)),
      site_(make_site({settings_, events_, ledger_, owner_})),
      waiter_(site_->fds()) {}

void Loop::start() {
  site_->begin(Clock::now());
  while (site_->state() == Site::State::coming_up && !broken()) wait_step(1s, -1);
  if (broken()) throw PoolBroken("the pool did not come up: " + broken_why());
}

Loop::~Loop() {
  if (!owner_->is_this_process()) return;  // a forked child: nothing here is its own
  waiter_.forget();                        // nobody waits any more
  for (const auto& map : ledger_.maps().all()) cancel(*map, false);
  try {
    shutdown(Pending::cancel);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "forkmap: while a pool was closed: %s\n",
                 base::printable_lines(detail::ExceptionText(error).get()).c_str());
  }
}

void Loop::require_owner() const {
  owner_->require();
  if (settings_.in_callback()) {
    throw InvalidOption(
        "a callback of PoolOptions (crashed, notice, output_line) cannot use its pool");
  }
}

void Loop::require_open() const {
  if (closed_) throw PoolClosed("the pool has been shut down");
}

void Loop::require_unbroken() const {
  if (broken()) throw PoolBroken(broken_why());
}

void Loop::require_no_inner_call() const {
  if (calls_ > 1) {
    throw InvalidOption("a pool cannot be handed over inside one of its calls (an item source)");
  }
}

std::shared_ptr<Map> Loop::open(MapRequest&& request) {
  require_owner();
  require_open();
  require_unbroken();
  check_ranges(request.options);
  if (events_.are_watched()) request.timed = true;
  std::shared_ptr<Map> map = ledger_.open(weak_from_this(), std::move(request));
  try {
    step(Look::glance);
  } catch (...) {  // nobody gets the map, and its receiver may be gone with the caller
    map->forget_receiver();
    cancel(*map, false);
    throw;
  }
  return map;
}

void Loop::cancel(Map& map, bool give_outcomes, std::chrono::nanoseconds grace) {
  const auto now = Clock::now();
  ledger_.cancel(map, give_outcomes, now + (give_outcomes ? grace : kCancelPatience));
  if (map.in_flight() > 0) site_->recall(map, now);
  ledger_.maps().release_settled();
}

// --- one step

bool Loop::step(Look look) {
  const Standing before = standing();
  bool any = site_->step(look, StepTime());
  const bool has_results = ledger_.deliveries() != before.deliveries;
  any = finish_break() || any;
  // Parts that do not say so may have ended something: a source gave nothing more, a pool broke.
  any = any || standing() != before;
  // Not between results and their reader: there is time when a lane has work and the host waits.
  if (!has_results || ledger_.maps().awaiting_release() > kMostUnreleasedMaps) {
    ledger_.maps().release_settled();
  }
  return any;
}

bool Loop::step_around_sleep() {
  const bool any = site_->step(Look::around_sleep, StepTime());
  return finish_break() || any;
}

bool Loop::wait_step(std::chrono::nanoseconds limit, int also_fd, bool heeds_due) {
  if (step(Look::glance) || (heeds_due && is_due_)) return true;
  if (site_->look_for_results() && step(Look::glance)) return true;
  const auto start = Clock::now();
  site_->announce_sleep();
  const Standing before = standing();
  // What was published before the workers could see the announcement.
  if (step_around_sleep() || standing() != before || (heeds_due && is_due_)) {
    site_->end_sleep({});
    return true;
  }
  const auto until = std::min(start + std::min<std::chrono::nanoseconds>(limit, 1h),
                              site_->next_deadline(start).value_or(start + 1h));
  const Waiter::Woken woken = sleep(until, also_fd);
  site_->end_sleep({start, until, woken.by_time, waiter_.ready()});
  bool any = step_around_sleep();
  any = any || standing() != before;
  ledger_.maps().release_settled();
  return any || woken.other;
}

Waiter::Woken Loop::sleep(Clock::time_point until, int also_fd) {
  const auto now = Clock::now();
  const auto reason = events_.are_watched() ? site_->stall() : std::nullopt;
  Waiter::Woken woken{.by_time = true};
  if (until - now > kSeeInterval && site_->holds_work()) {
    // Items that have just begun are seen before the long sleep.
    woken = waiter_.wait(now + kSeeInterval, also_fd);
    if (woken.by_time) site_->see_items(Clock::now());
  }
  if (woken.by_time) woken = waiter_.wait(until, also_fd);
  if (reason) events_.tell(Stalled{*reason, now, Clock::now()});
  return woken;
}

// --- the pool's descriptor

int Loop::fd() noexcept {
  // Another thread may ask as well; what the workers do not tell yet is then told by the timer,
  // which has the owner make a step.
  if (owner_->is_this_process() && waiter_.give()) {
    if (owner_->is_here() && calls_ == 0) {
      prepare_return();
    } else {
      waiter_.arm_at_once();
    }
  }
  return waiter_.fd();
}

void Loop::enter() {
  require_owner();
  ++calls_;
}

void Loop::leave() noexcept {
  if (--calls_ == 0) prepare_return();
}

// The host goes back to its own code. Nothing, unless somebody has the descriptor.
void Loop::prepare_return() noexcept {
  if (!waiter_.is_given() || closed_) return;
  ++calls_;  // a source that is asked now may call the engine
  bool is_sure = false;
  try {
    (void)prepare_sleep();
    is_sure = true;
  } catch (const std::exception&) {
    is_sure = false;  // the next call meets the same error, and throws it
  }
  --calls_;
  if (is_due_ || !is_sure) site_->ring();
}

void Loop::set_due(bool due) noexcept {
  if (is_due_ == due) return;
  is_due_ = due;
  if (calls_ == 0) prepare_return();
}

bool Loop::prepare_sleep() {
  bool any = false;
  for (;;) {
    site_->announce_sleep();
    site_->drain();
    if (!step()) break;
    any = true;
  }
  waiter_.arm(site_->next_deadline(Clock::now()));
  return any;
}

void Loop::pause(bool on) {
  require_owner();
  const auto away = site_->pause(on, Clock::now());
  if (!away) return;
  // What was cancelled keeps its time to end.
  for (const auto& map : ledger_.maps().all()) {
    if (map->stop_at) *map->stop_at += *away;
  }
}

// --- ends

// True if the pool broke in this step. Nothing was freed so far: who said so may have been going
// through workers or tasks.
bool Loop::finish_break() {
  if (!broken() || std::exchange(is_ended_, true)) return false;
  end_all_as(ErrorKind::not_run, "not run: the pool broke: " + broken_why());
  return true;
}

// Every item that is under way gets this outcome; sources are not asked any more.
void Loop::end_all_as(ErrorKind kind, const std::string& message) {
  ledger_.end_all(kind, message);
  site_->end();
}

void Loop::shutdown(Pending pending) {
  require_owner();
  if (closed_) return;
  for (const auto& map : ledger_.maps().all()) {
    // A source that is being asked at this moment cannot be waited for: it waits for us.
    if (pending == Pending::cancel || map->filling) cancel(*map, true);
  }
  while (!broken() && !ledger_.maps().all_settled()) {
    if (step()) continue;
    if (site_->is_idle() && !ledger_.has_returned() && ledger_.forget_a_reader()) continue;
    wait_step(kSourceInterval, -1);
  }
  closed_ = true;
  if (!broken()) ledger_.end_new_as(ErrorKind::cancelled, "cancelled: the pool was shut down");
  site_->leave();
  const auto patience = Clock::now() + kLeavePatience;
  while (site_->state() == Site::State::leaving && Clock::now() < patience) {
    wait_step(patience - Clock::now(), -1);
  }
  site_->end();
  ledger_.maps().clear();
}

void Loop::kill() {
  require_owner();
  if (closed_) return;
  site_->fail("it was killed");
  is_ended_ = true;
  end_all_as(ErrorKind::cancelled, "cancelled: the pool was killed");
}

}  // namespace forkmap::pool
