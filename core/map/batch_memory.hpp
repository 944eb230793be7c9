// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <forkmap/item_source.hpp>
#include <vector>

namespace forkmap::pool {

// Memory of batches that were read, to be used again.
class BatchMemory {
 public:
  // At least `bytes`; contents undefined.
  void give(ResultBatch& batch, std::size_t bytes);
  void take_back(ResultBatch&& batch);

 private:
  std::vector<ResultBatch> spare_;
  std::size_t spare_bytes_ = 0;
};

}  // namespace forkmap::pool
