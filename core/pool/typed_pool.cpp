// SPDX-License-Identifier: Apache-2.0
//
// The members of forkmap::Pool that need no types.
#include <exception>
#include <forkmap/pool.hpp>
#include <utility>

#include "core/pool/pool_state.hpp"

namespace forkmap {

Pool::Pool(const Registry& registry, PoolOptions options)
    : state_(std::make_shared<detail::PoolState>(registry, std::move(options))),
      exceptions_at_birth_(std::uncaught_exceptions()) {}

Pool::~Pool() { state_->close(std::uncaught_exceptions() > exceptions_at_birth_); }

void Pool::refork() {
  state_->engine().refork();
  state_->after_step();
}

void Pool::resize(int workers) {
  state_->engine().resize(workers);
  state_->after_step();
}

void Pool::shutdown(Pending pending) { state_->shutdown(pending); }

void Pool::kill() {
  state_->engine().kill();
  state_->after_step();
}

void Pool::hand_over() { state_->hand_over(); }
void Pool::take_over() { state_->take_over(); }

bool Pool::advance() {
  const bool moved = state_->engine().advance();
  return state_->after_step() || moved;
}

int Pool::fd() const noexcept { return state_->engine_or_null()->fd(); }

Generation Pool::generation() const noexcept { return state_->engine_or_null()->generation(); }

std::vector<WorkerInfo> Pool::workers() const { return state_->engine().workers(); }

}  // namespace forkmap
