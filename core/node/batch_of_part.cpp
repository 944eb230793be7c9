// SPDX-License-Identifier: Apache-2.0
#include "core/node/batch_of_part.hpp"

#include <algorithm>
#include <cstring>

#include "core/map/map.hpp"

namespace forkmap::node {

ResultBatch batch_of_part(pool::BatchMemory& memory, const pool::Portion& rows,
                          const BlockPart& part, std::uint32_t from, std::uint32_t node) {
  const std::uint64_t begin = from == 0 ? 0 : part.ends[from - 1];
  const std::uint64_t bytes = part.ends[from + rows.count - 1] - begin;
  ResultBatch batch;
  memory.give(batch, rows.count * (sizeof(std::uint64_t) + 1) + bytes);
  // The ends, which want to be aligned, the statuses, the text.
  auto* const ends = reinterpret_cast<std::uint64_t*>(batch.memory.get());
  auto* const status = reinterpret_cast<unsigned char*>(ends + rows.count);
  auto* const text = status + rows.count;
  auto error = static_cast<std::size_t>(
      std::count(part.status.begin(), part.status.begin() + from, std::uint8_t{0}));
  for (std::uint32_t item = 0; item < rows.count; ++item) {
    const bool is_value = part.status[from + item] == 1;
    ends[item] = part.ends[from + item] - begin;
    status[item] = is_value ? FORKMAP_STATUS_VALUE : FORKMAP_STATUS_FUNCTION_ERROR;
    if (is_value) continue;
    ItemError one = part.errors[error++];
    one.index = pool::index_of(rows, item);
    one.function = rows.map->function().full_name;
    one.attempt += rows.attempts;
    one.node = node;
    batch.errors.push_back(std::move(one));
  }
  if (bytes > 0) std::memcpy(text, part.text.data() + begin, bytes);
  batch.first = rows.first;
  batch.count = rows.count;
  batch.status = status;
  batch.text = text;
  batch.text_bytes = bytes;
  batch.text_ends = ends;
  batch.worker = part.worker;
  batch.pid = part.pid;
  batch.node = node;
  return batch;
}

}  // namespace forkmap::node
