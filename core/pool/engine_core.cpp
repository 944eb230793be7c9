// SPDX-License-Identifier: Apache-2.0
#include "core/pool/engine_core.hpp"

#include <fcntl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <forkmap/error.hpp>
#include <forkmap/exception_text.hpp>

#include "core/base/epoll.hpp"
#include "core/base/pidfd.hpp"
#include "core/base/printable_text.hpp"
#include "core/base/system_error.hpp"
#include "core/pool/asked_memory.hpp"
#include "core/pool/cgroup_memory.hpp"
#include "core/pool/lane_budget.hpp"
#include "core/shm/memfd.hpp"

namespace forkmap::pool {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20U;
constexpr std::uint64_t kArenaBytes = std::uint64_t{64} << 30U;  // virtual
constexpr std::uint64_t kLargestDefaultInFlightBytes = std::uint64_t{1} << 30U;
constexpr int kLowestPriority = 19;
constexpr auto kCancelPatience = 100ms;

// `field`: "PoolOptions::retries".
void check_retries(const std::string& field, int retries) {
  if (retries >= 0 && retries <= kMostRetries) return;
  throw InvalidOption(field + " cannot be " + std::to_string(retries) + "; wanted: 0 to " +
                      std::to_string(kMostRetries));
}

static_assert(kMostChunkItems <= types::kMaxCapacityItems);

void check_ranges(const MapOptions& options) {
  if (options.retries) check_retries("MapOptions::retries", *options.retries);
  if (options.chunk <= kMostChunkItems) return;
  throw InvalidOption("MapOptions::chunk cannot be " + std::to_string(options.chunk) +
                      "; wanted: 1 to " + std::to_string(kMostChunkItems) +
                      ", or 0 for the pool's own choice");
}

PoolOptions checked(PoolOptions options) {
  if (options.memory != 0 && options.memory < kMegabyte) {
    throw InvalidOption("memory cannot be " + std::to_string(options.memory) +
                        " bytes; wanted: 1 MiB or more, or 0 for no limit");
  }
  if (options.nice < 0 || options.nice > kLowestPriority) {
    throw InvalidOption("nice cannot be " + std::to_string(options.nice) + "; wanted: 0 to " +
                        std::to_string(kLowestPriority));
  }
  if (options.recycle_after_age.count() < 0) {
    throw InvalidOption("recycle_after_age cannot be negative");
  }
  if (options.workers < 0 || options.workers > kMostWorkers) {
    throw InvalidOption("a pool cannot have " + std::to_string(options.workers) +
                        " workers; wanted: 1 to " + std::to_string(kMostWorkers) +
                        ", or 0 for the default");
  }
  if (options.worker_output == WorkerOutput::discard && ::access("/dev/null", W_OK) != 0) {
    throw SystemError("worker_output = discard needs /dev/null: " + base::error_text(errno), errno);
  }
  check_retries("PoolOptions::retries", options.retries);
  for (const int fd : options.keep_descriptors.value_or(std::vector<int>())) {
    if (::fcntl(fd, F_GETFD) < 0) {
      throw InvalidOption("keep_descriptors names " + std::to_string(fd) + ", which is not open");
    }
  }
  if (options.worker_output == WorkerOutput::tag && !options.output_line) {
    options.output_line = [](int worker, pid_t pid, std::string_view line) {
      std::fprintf(stderr, "[w%d %d] %s\n", worker, static_cast<int>(pid),
                   base::printable_line(line, "\t").c_str());
    };
  }
  if (options.worker_output == WorkerOutput::forward && !options.output) {
    options.output = [](std::string_view bytes) {
      std::fwrite(bytes.data(), 1, bytes.size(), stderr);
    };
  }
  return options;
}

int wanted_workers(const PoolOptions& options) {
  return options.workers == 0 ? default_workers() : options.workers;
}

std::uint64_t machine_memory_bytes() {
  const auto pages = static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_PHYS_PAGES)));
  return pages * shm::page_bytes();
}

std::uint64_t memory_limit_bytes() {
  const std::uint64_t machine_bytes = machine_memory_bytes();
  return std::min(machine_bytes, cgroup_memory_bytes().value_or(machine_bytes));
}

base::UniqueFd new_timer() {
  base::UniqueFd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!fd) base::throw_system_error("create a timer (timerfd_create)", errno);
  return base::moved_high(std::move(fd));
}

}  // namespace

EngineCore::EngineCore(const plugin::RegistryTable& table, PoolOptions options,
                       PoolObserver* observer, Orphans* orphans)
    : table_(&table),
      options_(checked(std::move(options))),
      observer_(observer),
      orphans_(orphans),
      parameters_(std::make_shared<const types::Parameters>(
          options_.parameters, shared_asked_memory(options_.parameters.size()))),
      shape_(shape_of_lanes(options_.window_bytes,
                            static_cast<std::uint64_t>(wanted_workers(options_)))),
      arena_(std::make_shared<shm::Arena>(std::min(kArenaBytes, shm::size_limit_bytes()),
                                          memory_limit_bytes() / 2)),
      service_epoll_(base::new_epoll()),
      epoll_(base::new_epoll()),
      timer_(new_timer()),
      target_workers_(wanted_workers(options_)),
      spin_(target_workers_ < default_workers()) {
  pool_time_limit_ = time_limits_.get({.fixed = options_.timeout});
  limit_bytes_ =
      options_.in_flight_bytes > 0
          ? options_.in_flight_bytes
          : std::max(kMegabyte, std::min(kLargestDefaultInFlightBytes, memory_limit_bytes() / 8));
  guard_callbacks();
  base::watch(epoll_.get(), doorbell_.fd());
  base::watch(epoll_.get(), service_epoll_.get());
  base::watch(epoll_.get(), timer_.get());
}

void EngineCore::start() {
  target_workers_ = affordable_workers(0, target_workers_);
  incoming_ = start_crew(CrewReason::beginning);
  while ((incoming_ || recrew_at_) && !broken()) wait_step(1s, -1);
  if (broken()) throw PoolBroken("the pool did not come up: " + broken_why_);
}

EngineCore::~EngineCore() {
  if (!owner_->is_this_process()) return;             // a forked child: nothing here is its own
  fd_given_.store(false, std::memory_order_relaxed);  // nobody waits any more
  for (const auto& map : maps_.all()) cancel(*map, false);
  try {
    shutdown(Pending::cancel);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "forkmap: while a pool was closed: %s\n",
                 base::printable_lines(detail::ExceptionText(error).get()).c_str());
  }
}

void EngineCore::require_owner() const {
  owner_->require();
  if (in_callback_) {
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
  if (observer_ != nullptr) request.timed = true;
  std::shared_ptr<TimeLimit> time_limit = time_limit_for(request);
  std::shared_ptr<const SingleItemLayouts> singles = singles_of(request);
  auto map = std::make_shared<Map>(weak_from_this(), std::move(request), std::move(singles));
  map->time_limit = std::move(time_limit);
  map->source_ended = map->in_arena() && map->request().arena_items == 0;
  if (map->receiver() != nullptr && map->function().number < received_costs_.size()) {
    map->cost = received_costs_[map->function().number];
  }
  maps_.add(map);
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
  const std::shared_ptr<Map> open = map.kept_open;
  if (open && give_outcomes && !map.filling) {
    deliver_untaken(open, ErrorKind::cancelled, "cancelled before it ran");
  }
  maps_.end_source(map);
  if (map.filling) map.source_paused = true;
  if (give_outcomes) {
    map.cancelling = true;
    maps_.stop_at(map, Clock::now() + grace);
  } else {
    map.cancelled = true;
    if (!map.stop_at) maps_.stop_at(map, Clock::now() + kCancelPatience);
    unread_bytes_ -= map.drop_unread();
  }
  if (map.in_flight_items == 0) {
    maps_.release_settled();
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
      fail_task(task, ErrorKind::cancelled, "cancelled before it ran");
    } else {
      drop_task(task);
    }
  }
  chase_cancelled();
  maps_.release_settled();
}

bool EngineCore::signal_worker(int number, int signal) {
  require_owner();
  if (!serving_ || number < 0 || static_cast<std::size_t>(number) >= serving_->workers.size()) {
    return false;
  }
  const Worker& worker = serving_->workers[static_cast<std::size_t>(number)];
  return worker.alive() && worker.pidfd && base::send_signal(worker.pidfd.get(), signal);
}

pid_t EngineCore::zygote_pid() const noexcept {
  return serving_ && serving_->zygote ? serving_->zygote->pid() : 0;
}

}  // namespace forkmap::pool
