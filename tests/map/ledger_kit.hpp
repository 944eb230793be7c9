// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "core/map/ledger.hpp"

namespace forkmap::pool {

inline const plugin::FunctionEntry& a_function() {
  static const plugin::FunctionEntry kFunction = [] {
    plugin::FunctionEntry entry;
    entry.full_name = "test::identity";
    entry.signature = types::parse_signature("(i64) -> i64");
    return entry;
  }();
  return kFunction;
}

inline MapRequest a_request(bool ordered = true) {
  MapRequest request;
  request.function = &a_function();
  request.ordered = ordered;
  return request;
}

inline Ledger::Rules rules(std::uint64_t in_flight_bytes = 1 << 20) {
  return {.once = false,
          .retries = 2,
          .timeout = {},
          .in_flight_bytes = in_flight_bytes,
          .cell = {80, 32}};
}

inline std::shared_ptr<Map> open(Ledger& ledger, MapRequest request) {
  return ledger.open(std::weak_ptr<Loop>(), std::move(request));
}

inline Portion take(Ledger& ledger, const std::shared_ptr<Map>& map, std::uint32_t count,
                    std::uint64_t bytes = 0) {
  Portion portion;
  portion.map = map;
  ledger.take(portion, count, bytes, map->next_index());
  return portion;
}

inline ResultBatch values(Ledger& ledger, const Portion& portion, std::uint32_t count) {
  ResultBatch batch;
  ledger.memory().give(batch, 8 * count);
  batch.first = portion.first;
  batch.count = count;
  return batch;
}

}  // namespace forkmap::pool
