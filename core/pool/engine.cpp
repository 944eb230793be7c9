// SPDX-License-Identifier: Apache-2.0
#include "core/pool/engine.hpp"

#include <forkmap/error.hpp>
#include <utility>

#include "core/base/needed_calls.hpp"
#include "core/pool/engine_call.hpp"
#include "core/pool/engine_core.hpp"
#include "core/process/zygote_list.hpp"

namespace forkmap::pool {

namespace {

std::shared_ptr<EngineCore> core_of(const Map& map) {
  std::shared_ptr<EngineCore> core = map.engine.lock();
  if (!core || core->closed()) {
    throw PoolClosed("the pool of these results is gone; collect() them while it lives");
  }
  core->require_owner();
  return core;
}

}  // namespace

Engine::Engine(const plugin::RegistryTable& table, PoolOptions options, PoolObserver* observer,
               Orphans* orphans)
    : core_(std::make_shared<EngineCore>(table, std::move(options), observer, orphans)) {
  base::require_needed_calls();
  core_->start();
}

Engine::~Engine() = default;

std::shared_ptr<Map> Engine::open(MapRequest&& request) {
  const EngineCall call(*core_);
  return core_->open(std::move(request));
}

Next Engine::next(Map& map, ResultBatch& batch, Wait wait) {
  const std::shared_ptr<EngineCore> core = core_of(map);
  const EngineCall call(*core);
  // A look at every call keeps the lanes filled while a long row of batches is read.
  if (wait != Wait::no) {
    core->step(map.results().has_batch() ? EngineCore::Look::glance : EngineCore::Look::everything);
  }
  for (;;) {
    if (map.results().has_batch()) {
      batch = map.results().take_batch();
      core->ledger().note_read(map, batch);
      return Next::batch;
    }
    if (has_next(map)) {  // the end
      if (map.source_error) std::rethrow_exception(std::exchange(map.source_error, nullptr));
      if (core->broken() && !map.cancelled && map.cut_short) throw PoolBroken(core->broken_why());
      return Next::end;
    }
    if (wait != Wait::block) return Next::nothing;
    core->wait_step(std::chrono::hours(1), -1);
    if (core->closed()) throw PoolClosed("the pool was shut down while its results were read");
  }
}

bool Engine::has_next(const Map& map) noexcept {
  return map.results().has_batch() || map.settled() || map.cancelled;
}

void Engine::recycle(Map& map, ResultBatch&& batch) {
  if (const auto core = map.engine.lock()) core->ledger().memory().take_back(std::move(batch));
}

void Engine::recycle(ResultBatch&& batch) { core_->ledger().memory().take_back(std::move(batch)); }

MapProgress Engine::progress(const Map& map) noexcept {
  MapProgress progress{map.outcomes(), map.results().failures()};
  if (map.source_ended) progress.items = map.fed();
  return progress;
}

void Engine::cancel(Map& map) noexcept {
  try {
    const auto core = map.engine.lock();
    if (!core || core->closed()) return;
    const EngineCall call(*core);
    core->cancel(map, false);
  } catch (const std::exception&) {
    // Another thread or process than the owner's: there is nothing of this map to end here.
    return;
  }
}

void Engine::cancel_and_settle(Map& map, std::chrono::nanoseconds grace) {
  const std::shared_ptr<EngineCore> core = core_of(map);
  const EngineCall call(*core);
  core->cancel(map, true, grace);
}

void Engine::forget_receiver(Map& map) noexcept { map.forget_receiver(); }

void Engine::release_order(Map& map) { map.results().release_order(); }

bool Engine::advance() {
  const EngineCall call(*core_);
  const bool any = core_->step();
  return core_->prepare_sleep() || any;
}

bool Engine::wait_step(std::chrono::nanoseconds limit, int also_fd) {
  const EngineCall call(*core_);
  return core_->wait_step(limit, also_fd);
}

int Engine::fd() const noexcept { return core_->fd(); }
int Engine::fd_after_advance() const noexcept { return core_->fd_after_advance(); }
void Engine::refork() {
  const EngineCall call(*core_);
  core_->refork();
}
void Engine::resize(int workers) {
  const EngineCall call(*core_);
  core_->resize(workers);
}
void Engine::shutdown(Pending pending) {
  const EngineCall call(*core_);
  core_->shutdown(pending);
}
void Engine::end_all_processes() noexcept { process::end_all_zygotes(); }
void Engine::kill() {
  const EngineCall call(*core_);
  core_->kill();
}
void Engine::set_due(bool due) noexcept { core_->set_due(due); }
void Engine::hand_over() {
  {
    const EngineCall call(*core_);
    core_->prepare_hand_over();
  }
  core_->owner()->hand_over();
}
const std::shared_ptr<PoolOwner>& Engine::owner() const noexcept { return core_->owner(); }
void Engine::pause() { core_->pause(true); }
void Engine::resume() { core_->pause(false); }
plugin::Generation Engine::generation() const noexcept { return core_->generation(); }

const std::string& Engine::broken_why() const noexcept { return core_->broken_why(); }

std::vector<WorkerInfo> Engine::workers() const {
  core_->require_owner();
  return core_->workers();
}

pid_t Engine::zygote_pid() const noexcept { return core_->zygote_pid(); }
const PoolOptions& Engine::options() const noexcept { return core_->options(); }
const plugin::RegistryTable& Engine::table() const noexcept { return core_->table(); }
std::uint64_t Engine::rescues() const noexcept { return core_->rescues(); }
bool Engine::signal_worker(int worker, int signal) { return core_->signal_worker(worker, signal); }
void Engine::require_owner() const { core_->require_owner(); }

const std::shared_ptr<shm::Arena>& Engine::arena() {
  core_->require_owner();
  return core_->arena();
}

}  // namespace forkmap::pool
