// SPDX-License-Identifier: Apache-2.0
#include "core/serial/serial_pool.hpp"

#include <cstdint>
#include <exception>
#include <utility>

namespace forkmap::pool {

SerialPool::SerialPool(const plugin::SerialSession& session, SerialWatch* watch,
                       PoolObserver* observer)
    : events_(observer),
      ledger_({.in_flight_bytes = UINT64_MAX}),  // one item is in flight
      site_(session, ledger_, events_, watch) {
  site_.begin({});
}

std::shared_ptr<Map> SerialPool::open(MapRequest&& request) {
  return ledger_.open({}, std::move(request));
}

bool SerialPool::step() {
  const bool any = site_.step(Look::everything, StepTime());
  ledger_.maps().release_settled();
  return any;
}

bool SerialPool::next(Map& map, ResultBatch& batch) {
  if (map.results().has_batch()) {
    batch = map.results().take_batch();
    ledger_.note_read(map, batch);
    return true;
  }
  if (map.settled() && map.source_error) {
    std::rethrow_exception(std::exchange(map.source_error, nullptr));
  }
  return false;
}

}  // namespace forkmap::pool
