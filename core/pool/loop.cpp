// SPDX-License-Identifier: Apache-2.0
#include "core/pool/loop.hpp"

#include <algorithm>
#include <cstdio>
#include <forkmap/error.hpp>
#include <forkmap/exception_text.hpp>
#include <utility>

#include "core/base/pidfd.hpp"
#include "core/base/printable_text.hpp"

namespace forkmap::pool {

namespace {

using namespace std::chrono_literals;

// Steps between two looks at everything while results keep coming.
constexpr std::uint64_t kGlancesPerLook = 256;
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
           Orphans* orphans, ForkZygote fork)
    : settings_(table, std::move(options)),
      events_(observer),
      ledger_(rules_of(settings_)),
      site_(settings_, events_, ledger_, orphans, owner_, std::move(fork)),
      waiter_(site_.doorbell(), site_.service_fd()) {}

void Loop::start() {
  site_.crews().set_target(site_.crews().target());  // those that there can be
  ledger_.set_workers(site_.crews().target());
  site_.crews().renew(CrewReason::beginning, Clock::now());
  while (site_.crews().is_coming_up() && !broken()) wait_step(1s, -1);
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

std::shared_ptr<Map> Loop::open(MapRequest&& request) {
  require_owner();
  require_open();
  if (broken()) throw PoolBroken(broken_why());
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
  ledger_.cancel(map, give_outcomes, Clock::now() + (give_outcomes ? grace : kCancelPatience));
  if (map.in_flight() > 0) {
    for (const Task& task : site_.recall(map)) {
      if (give_outcomes) {
        ledger_.fail(task, ErrorKind::cancelled, "cancelled before it ran");
      } else {
        ledger_.drop(task);
      }
    }
    site_.health().chase_cancelled(Clock::now());
  }
  ledger_.maps().release_settled();
}

// --- one step

bool Loop::attend() {
  const bool any = site_.attend(Clock::now());
  ledger_.time_limits().sweep();
  return any;
}

bool Loop::step(Look look) {
  const Standing before = standing();
  bool any = site_.collect();
  const bool is_turn = ++steps_ % kGlancesPerLook == 0;
  if (is_turn || (look == Look::everything && !any)) {
    if (site_.service_is_due()) any = site_.service(Clock::now()) || any;
    any = attend() || any;
  }
  const bool has_results = any;
  any = site_.feed(look) || any;
  any = finish_break() || any;
  // Parts that do not say so may have ended something: a source gave nothing more, a pool broke.
  any = any || standing() != before;
  // Not between results and their reader: there is time when a lane has work and the host waits.
  if (!has_results || ledger_.maps().awaiting_release() > kMostUnreleasedMaps) {
    ledger_.maps().release_settled();
  }
  return any;
}

bool Loop::collect_attend_feed() {
  bool any = site_.collect();
  any = attend() || any;
  any = site_.feed(Look::everything) || any;
  return finish_break() || any;
}

bool Loop::wait_step(std::chrono::nanoseconds limit, int also_fd) {
  if (step(Look::glance) || is_due_) return true;
  if (site_.look_for_results() && step(Look::glance)) return true;
  const auto start = Clock::now();
  site_.announce_sleep();
  const Standing before = standing();
  // What was published before the workers could see the announcement.
  if (collect_attend_feed() || standing() != before) {
    site_.end_sleep();
    return true;
  }
  site_.wake_workers();  // an item source may wait here while the round that asked it is not over
  const auto until = std::min(start + std::min<std::chrono::nanoseconds>(limit, 1h),
                              site_.next_deadline(start).value_or(start + 1h));
  Waiter::Woken woken;
  sleep(start, until, also_fd, woken);
  site_.end_sleep();
  bool any = woken.service && site_.service(Clock::now());
  any = collect_attend_feed() || any;
  any = any || standing() != before;
  ledger_.maps().release_settled();
  return any || woken.other;
}

void Loop::sleep(Clock::time_point start, Clock::time_point until, int also_fd,
                 Waiter::Woken& woken) {
  const auto now = Clock::now();
  const auto left = std::max<std::chrono::nanoseconds>(until - now, 0ns);
  const auto reason = events_.are_watched() ? site_.stall() : std::nullopt;
  woken.by_time = true;
  if (left > kSeeInterval && site_.holds_work()) {
    // Items that have just begun are seen before the long sleep.
    woken = waiter_.wait(now + kSeeInterval, also_fd);
    if (woken.by_time) site_.health().see_items(Clock::now());
  }
  if (woken.by_time) woken = waiter_.wait(until, also_fd);
  if (reason) events_.tell(Stalled{*reason, now, Clock::now()});
  // It was the look at all lanes that was due.
  if (woken.by_time && until - start >= kLookInterval && site_.holds_work()) {
    site_.health().look_for_lost_rings();
  }
  // Drained before the look, never after it.
  if (woken.bell) {
    site_.drain_bell();
    site_.note_wait(Clock::now() - start);
  }
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
  if (is_due_ || !is_sure) site_.doorbell().ring();
}

void Loop::set_due(bool due) noexcept {
  if (is_due_ == due) return;
  is_due_ = due;
  if (calls_ == 0) prepare_return();
}

void Loop::prepare_hand_over() {
  require_open();
  if (calls_ > 1) {
    throw InvalidOption("a pool cannot be handed over inside one of its calls (an item source)");
  }
  // While preload hooks run, a zygote ends with the thread that forked it.
  while (site_.crews().is_preloading() && !broken()) wait_step(1s, -1);
}

bool Loop::prepare_sleep() {
  bool any = false;
  for (;;) {
    site_.announce_sleep();
    site_.drain_bell();
    if (!step()) break;
    any = true;
  }
  waiter_.arm(site_.next_deadline(Clock::now()));
  return any;
}

// --- changes of the pool

void Loop::refork() {
  require_owner();
  require_open();
  if (broken()) throw PoolBroken(broken_why());
  Crews& crews = site_.crews();
  crews.renew(CrewReason::asked, Clock::now());
  while (crews.is_coming_up() && !broken()) wait_step(1s, -1);
  if (!crews.start_failure().empty()) {
    throw PoolBroken("the pool could not be renewed: " + crews.start_failure());
  }
}

void Loop::resize(int workers) {
  require_owner();
  require_open();
  const auto now = Clock::now();
  site_.resize(workers, now);
  events_.tell_resize(site_.crews().target(), now);
  step();
}

void Loop::pause(bool on) {
  require_owner();
  const auto away = site_.crews().pause(on, Clock::now());
  if (!away) return;
  // What was cancelled keeps its time to end.
  for (const auto& map : ledger_.maps().all()) {
    if (map->stop_at) *map->stop_at += *away;
  }
}

bool Loop::signal_worker(int number, int signal) {
  require_owner();
  const Crew* const crew = site_.crews().serving().get();
  if (crew == nullptr || number < 0 || static_cast<std::size_t>(number) >= crew->workers.size()) {
    return false;
  }
  const WorkerSlot& worker = crew->workers[static_cast<std::size_t>(number)];
  return worker.alive() && worker.life.pidfd && base::send_signal(worker.life.pidfd.get(), signal);
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
  site_.fail_all(kind, message);
  ledger_.end_all(kind, message);
  site_.crews().end_all();
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
    const Crews& crews = site_.crews();
    const bool is_idle = !site_.holds_work() && !site_.has_backlog();
    if (is_idle && crews.serves() && !crews.is_coming_up() && ledger_.forget_a_reader()) continue;
    wait_step(kSourceInterval, -1);
  }
  closed_ = true;
  if (!broken()) ledger_.end_new_as(ErrorKind::cancelled, "cancelled: the pool was shut down");
  site_.close();
  const auto patience = Clock::now() + kLeavePatience;
  while (site_.crews().any_leaving() && Clock::now() < patience) {
    wait_step(patience - Clock::now(), -1);
  }
  site_.crews().end_leaving();
  ledger_.maps().clear();
}

void Loop::kill() {
  require_owner();
  if (closed_) return;
  site_.crews().staff().fail("it was killed");
  is_ended_ = true;
  end_all_as(ErrorKind::cancelled, "cancelled: the pool was killed");
}

}  // namespace forkmap::pool
