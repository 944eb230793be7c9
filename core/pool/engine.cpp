// SPDX-License-Identifier: Apache-2.0
#include "core/pool/engine.hpp"

#include <forkmap/error.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/needed_calls.hpp"
#include "core/pool/engine_call.hpp"
#include "core/pool/local_site.hpp"
#include "core/pool/loop.hpp"
#include "core/process/zygote_list.hpp"
#include "core/site/fleet.hpp"

namespace forkmap::pool {

namespace {

std::shared_ptr<Loop> loop_of(const Map& map) {
  std::shared_ptr<Loop> loop = map.engine.lock();
  if (!loop || loop->closed()) {
    throw PoolClosed("the pool of these results is gone; collect() them while it lives");
  }
  loop->require_owner();
  return loop;
}

// This machine, and others.
std::unique_ptr<Site> fleet_of(std::unique_ptr<LocalSite> here, const MakeSites& further,
                               const Loop::Means& means) {
  std::vector<std::unique_ptr<Site>> sites;
  sites.push_back(std::move(here));
  const Settings& settings = means.settings;
  for (auto& site : further({settings.table(), settings.options(), means.events, means.ledger})) {
    sites.push_back(std::move(site));
  }
  return std::make_unique<Fleet>(
      means.ledger, std::move(sites), [&settings](std::size_t place, const std::string& why) {
        settings.notice(place == 0 ? "this machine runs no more items, others do: " + why
                                   : "this machine goes on alone: " + why);
      });
}

}  // namespace

Engine::Engine(const plugin::RegistryTable& table, PoolOptions options, PoolObserver* observer,
               Orphans* orphans, const MakeSites& further)
    : loop_(std::make_shared<Loop>(table, std::move(options), observer,
                                   [&](const Loop::Means& means) -> std::unique_ptr<Site> {
                                     auto site = std::make_unique<LocalSite>(
                                         means.settings, means.events, means.ledger, orphans,
                                         means.owner);
                                     site_ = site.get();
                                     if (!further) return site;
                                     return fleet_of(std::move(site), further, means);
                                   })) {
  base::require_needed_calls();
  loop_->start();
}

Engine::~Engine() = default;

std::shared_ptr<Map> Engine::open(MapRequest&& request) {
  const EngineCall call(*loop_);
  return loop_->open(std::move(request));
}

Next Engine::next(Map& map, ResultBatch& batch, Wait wait) {
  const std::shared_ptr<Loop> loop = loop_of(map);
  const EngineCall call(*loop);
  // A look at every call keeps the lanes filled while a long row of batches is read.
  if (wait != Wait::no) {
    loop->step(map.results().has_batch() ? Look::glance : Look::everything);
  }
  for (;;) {
    // By user code that ran in a step: an item source, say.
    if (loop->closed() || map.unreadable) {
      throw PoolClosed("the pool was shut down while its results were read");
    }
    if (map.results().has_batch()) {
      batch = map.results().take_batch();
      loop->ledger().note_read(map, batch);
      return Next::batch;
    }
    if (has_next(map)) {  // the end
      if (map.source_error) std::rethrow_exception(std::exchange(map.source_error, nullptr));
      if (loop->broken() && !map.cancelled && map.cut_short) throw PoolBroken(loop->broken_why());
      return Next::end;
    }
    if (wait != Wait::block) return Next::nothing;
    loop->wait_step(std::chrono::hours(1), -1);
  }
}

bool Engine::has_next(const Map& map) noexcept {
  return map.results().has_batch() || map.settled() || map.cancelled;
}

void Engine::recycle(Map& map, ResultBatch&& batch) {
  if (const auto loop = map.engine.lock()) loop->ledger().memory().take_back(std::move(batch));
}

void Engine::recycle(ResultBatch&& batch) { loop_->ledger().memory().take_back(std::move(batch)); }

MapProgress Engine::progress(const Map& map) noexcept {
  MapProgress progress{map.outcomes(), map.results().failures()};
  if (map.source_ended) progress.items = map.fed();
  return progress;
}

void Engine::cancel(Map& map) noexcept {
  try {
    const auto loop = map.engine.lock();
    if (!loop || loop->closed()) return;
    const EngineCall call(*loop);
    loop->cancel(map, false);
  } catch (const std::exception&) {
    // Another thread or process than the owner's: there is nothing of this map to end here.
    return;
  }
}

void Engine::cancel_and_settle(Map& map, std::chrono::nanoseconds grace) {
  const std::shared_ptr<Loop> loop = loop_of(map);
  const EngineCall call(*loop);
  loop->cancel(map, true, grace);
}

void Engine::forget_receiver(Map& map) noexcept { map.forget_receiver(); }

void Engine::release_order(Map& map) { map.results().release_order(); }

bool Engine::advance() {
  const EngineCall call(*loop_);
  const bool any = loop_->step();
  return loop_->prepare_sleep() || any;
}

bool Engine::wait_step(std::chrono::nanoseconds limit, int also_fd) {
  const EngineCall call(*loop_);
  return loop_->wait_step(limit, also_fd, true);
}

int Engine::fd() const noexcept { return loop_->fd(); }
int Engine::fd_after_advance() const noexcept { return loop_->fd_after_advance(); }
void Engine::refork() {
  const EngineCall call(*loop_);
  loop_->require_open();
  loop_->require_unbroken();
  if (site_->has_failed()) throw PoolBroken(site_->failure());
  site_->renew(Clock::now());
  while (site_->is_renewing() && !loop_->broken()) loop_->wait_step(std::chrono::seconds(1), -1);
  if (!site_->renewal_failure().empty()) {
    throw PoolBroken("the pool could not be renewed: " + site_->renewal_failure());
  }
}
void Engine::resize(int workers) {
  const EngineCall call(*loop_);
  loop_->require_open();
  // Others go on, and nothing is to be changed here.
  if (site_->has_failed() && !loop_->broken()) return;
  const auto now = Clock::now();
  site_->resize(workers, now);
  loop_->events().tell_resize(site_->target(), now);
  loop_->step();
}
void Engine::shutdown(Pending pending) {
  const EngineCall call(*loop_);
  loop_->shutdown(pending);
}
void Engine::end_all_processes() noexcept { process::end_all_zygotes(); }
void Engine::kill() {
  const EngineCall call(*loop_);
  loop_->kill();
}
void Engine::set_due(bool due) noexcept { loop_->set_due(due); }
void Engine::hand_over() {
  {
    const EngineCall call(*loop_);
    loop_->require_open();
    loop_->require_no_inner_call();
    while (site_->is_preloading() && !loop_->broken()) {
      loop_->wait_step(std::chrono::seconds(1), -1);
    }
  }
  loop_->owner()->hand_over();
}
const std::shared_ptr<PoolOwner>& Engine::owner() const noexcept { return loop_->owner(); }
void Engine::pause() { loop_->pause(true); }
void Engine::resume() { loop_->pause(false); }
plugin::Generation Engine::generation() const noexcept { return site_->generation(); }

const std::string& Engine::broken_why() const noexcept { return loop_->broken_why(); }

std::vector<WorkerInfo> Engine::workers() const {
  loop_->require_owner();
  return site_->workers(Clock::now());
}

pid_t Engine::zygote_pid() const noexcept { return site_->zygote_pid(); }
const PoolOptions& Engine::options() const noexcept { return loop_->settings().options(); }
const plugin::RegistryTable& Engine::table() const noexcept { return loop_->settings().table(); }
std::uint64_t Engine::rescues() const noexcept { return site_->rescues(); }
bool Engine::signal_worker(int worker, int signal) {
  loop_->require_owner();
  return site_->signal_worker(worker, signal);
}
void Engine::require_owner() const { loop_->require_owner(); }

std::shared_ptr<const types::Parameters> Engine::parameters() const {
  return loop_->settings().parameters();
}

const std::shared_ptr<shm::Arena>& Engine::arena() {
  loop_->require_owner();
  return loop_->settings().arena();
}

}  // namespace forkmap::pool
