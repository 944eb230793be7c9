// SPDX-License-Identifier: Apache-2.0
#include "core/pool/engine_core.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <forkmap/error.hpp>
#include <forkmap/exception_text.hpp>

#include "core/base/printable_text.hpp"
#include "core/base/system_error.hpp"
#include "core/pool/lane_budget.hpp"
#include "core/process/pidfd.hpp"
#include "core/shm/memfd.hpp"

namespace forkmap::pool {

namespace {

using namespace std::chrono_literals;

constexpr auto kCancelPatience = 100ms;

base::UniqueFd new_epoll() {
  base::UniqueFd fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!fd) base::throw_system_error("create an epoll descriptor (epoll_create1)", errno);
  return base::moved_high(std::move(fd));
}

base::UniqueFd new_timer() {
  base::UniqueFd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!fd) base::throw_system_error("create a timer (timerfd_create)", errno);
  return base::moved_high(std::move(fd));
}

void watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
    base::throw_system_error("watch a descriptor (epoll_ctl)", errno);
  }
}

}  // namespace

EngineCore::EngineCore(const plugin::RegistryTable& table, PoolOptions options,
                       PoolObserver* observer, Orphans* orphans)
    : settings_(table, std::move(options)),
      events_(observer),
      ledger_({.once = settings_.options().once,
               .retries = settings_.options().retries,
               .timeout = settings_.options().timeout,
               .in_flight_bytes = settings_.in_flight_bytes(),
               .cell = {lane::kInputPayloadBytes, lane::kResultPayloadBytes}}),
      orphans_(orphans),
      service_epoll_(new_epoll()),
      epoll_(new_epoll()),
      timer_(new_timer()),
      target_workers_(checked_workers(settings_.options().workers)),
      spin_(target_workers_ < default_workers()) {
  watch(epoll_.get(), doorbell_.fd());
  watch(epoll_.get(), service_epoll_.get());
  watch(epoll_.get(), timer_.get());
}

void EngineCore::start() {
  target_workers_ = affordable_workers(0, target_workers_);
  ledger_.set_workers(target_workers_);
  incoming_ = start_crew(CrewReason::beginning);
  while ((incoming_ || recrew_at_) && !broken()) wait_step(1s, -1);
  if (broken()) throw PoolBroken("the pool did not come up: " + broken_why_);
}

EngineCore::~EngineCore() {
  if (!owner_->is_this_process()) return;             // a forked child: nothing here is its own
  fd_given_.store(false, std::memory_order_relaxed);  // nobody waits any more
  for (const auto& map : ledger_.maps().all()) cancel(*map, false);
  try {
    shutdown(Pending::cancel);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "forkmap: while a pool was closed: %s\n",
                 base::printable_lines(detail::ExceptionText(error).get()).c_str());
  }
}

void EngineCore::require_owner() const {
  owner_->require();
  if (settings_.in_callback()) {
    throw InvalidOption(
        "a callback of PoolOptions (crashed, notice, output_line) cannot use its pool");
  }
}

void EngineCore::require_open() const {
  if (closed_) throw PoolClosed("the pool has been shut down");
}

std::shared_ptr<Map> EngineCore::open(MapRequest&& request) {
  require_owner();
  require_open();
  if (broken()) throw PoolBroken(broken_why_);
  check_ranges(request.options);
  if (events_.are_watched()) request.timed = true;
  const std::shared_ptr<Map> map = ledger_.open(weak_from_this(), std::move(request));
  try {
    step(Look::glance);
  } catch (...) {  // nobody gets the map, and its receiver may be gone with the caller
    map->forget_receiver();
    cancel(*map, false);
    throw;
  }
  return map;
}

void EngineCore::cancel(Map& map, bool give_outcomes, std::chrono::nanoseconds grace) {
  ledger_.cancel(map, give_outcomes, Clock::now() + (give_outcomes ? grace : kCancelPatience));
  if (map.in_flight() == 0) {
    ledger_.maps().release_settled();
    return;
  }
  for_each_crew([&](Crew& crew) {
    for (Worker& worker : crew.workers) {
      const bool holds = worker.lane && std::ranges::any_of(worker.cells, [&](const auto& cell) {
                           return cell.task.map.get() == &map;
                         });
      if (holds && worker.phase != WorkerPhase::gone) take_back_all(worker);
    }
  });
  std::deque<Task> kept;
  std::vector<Task> ended;
  const auto sort_out = [&](Task& task) {
    if (task.map.get() == &map) {
      ended.push_back(std::move(task));
    } else {
      kept.push_back(std::move(task));
    }
  };
  for (Task& task : pending_) sort_out(task);
  pending_ = std::exchange(kept, {});
  for (Task& task : stale_) sort_out(task);
  stale_.assign(std::make_move_iterator(kept.begin()), std::make_move_iterator(kept.end()));
  for (const Task& task : ended) {
    if (give_outcomes) {
      ledger_.fail(task, ErrorKind::cancelled, "cancelled before it ran");
    } else {
      ledger_.drop(task);
    }
  }
  chase_cancelled();
  ledger_.maps().release_settled();
}

bool EngineCore::signal_worker(int number, int signal) {
  require_owner();
  if (!serving_ || number < 0 || static_cast<std::size_t>(number) >= serving_->workers.size()) {
    return false;
  }
  const Worker& worker = serving_->workers[static_cast<std::size_t>(number)];
  return worker.alive() && worker.pidfd && process::send_signal(worker.pidfd.get(), signal);
}

pid_t EngineCore::zygote_pid() const noexcept {
  return serving_ && serving_->zygote ? serving_->zygote->pid() : 0;
}

}  // namespace forkmap::pool
