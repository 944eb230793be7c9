// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <forkmap/item_source.hpp>
#include <utility>

#include "core/types/signature.hpp"

namespace forkmap::types {

// The outcome of one item that has no value. It has columns all the same, for readers who fetch
// them before they look at the status.
[[nodiscard]] inline ResultBatch failed_item(std::uint64_t position, const Signature& signature,
                                             ItemError error) {
  static constexpr unsigned char kFailed = FORKMAP_STATUS_FUNCTION_ERROR;
  ResultBatch batch;
  batch.first = position;
  batch.count = 1;
  batch.status = &kFailed;
  batch.columns.resize(signature.results.size());
  batch.pid = error.pid;
  batch.errors.push_back(std::move(error));
  return batch;
}

}  // namespace forkmap::types
