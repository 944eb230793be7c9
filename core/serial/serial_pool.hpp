// SPDX-License-Identifier: Apache-2.0
//
// Maps without workers: a ledger, and this process as its only site. Nothing is forked, no
// descriptor is made, and nothing moves outside its calls. One thread.
#pragma once

#include <memory>

#include "core/map/ledger.hpp"
#include "core/plugin/serial_session.hpp"
#include "core/serial/serial_site.hpp"
#include "core/site/events.hpp"

namespace forkmap::pool {

class SerialPool {
 public:
  // All outlive it; `watch` and `observer` may be null. The hooks of the functions' plugins have
  // run.
  explicit SerialPool(const plugin::SerialSession& session, SerialWatch* watch = nullptr,
                      PoolObserver* observer = nullptr);

  [[nodiscard]] std::shared_ptr<Map> open(MapRequest&& request);
  // Runs one item. False: no source has one at hand.
  bool step();
  // The next batch that is there; to be recycled before the next step. At the end rethrows what the
  // map's source threw.
  [[nodiscard]] bool next(Map& map, ResultBatch& batch);
  void recycle(ResultBatch&& batch) { ledger_.memory().take_back(std::move(batch)); }
  // Every item has its outcome, and all were given.
  [[nodiscard]] static bool is_over(const Map& map) noexcept {
    return map.settled() && !map.results().has_batch();
  }

 private:
  Events events_;
  Ledger ledger_;
  SerialSite site_;
};

}  // namespace forkmap::pool
