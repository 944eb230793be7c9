// SPDX-License-Identifier: Apache-2.0
#include "core/node/batch_of_part.hpp"

#include <algorithm>
#include <cstring>

#include "core/map/map.hpp"
#include "core/node/result_image.hpp"

namespace forkmap::node {

namespace {

// The ends, which want to be aligned, the statuses, the text.
unsigned char* put_lines(pool::BatchMemory& memory, const BlockPart& part, std::uint32_t from,
                         std::uint32_t count, ResultBatch& batch) {
  const std::uint64_t begin = from == 0 ? 0 : part.ends[from - 1];
  const std::uint64_t bytes = part.ends[from + count - 1] - begin;
  memory.give(batch, count * (sizeof(std::uint64_t) + 1) + bytes);
  auto* const ends = reinterpret_cast<std::uint64_t*>(batch.memory.get());
  auto* const status = reinterpret_cast<unsigned char*>(ends + count);
  auto* const text = status + count;
  for (std::uint32_t item = 0; item < count; ++item) ends[item] = part.ends[from + item] - begin;
  if (bytes > 0) std::memcpy(text, part.text.data() + begin, bytes);
  batch.text = text;
  batch.text_bytes = bytes;
  batch.text_ends = ends;
  return status;
}

unsigned char* put_image(pool::BatchMemory& memory, const ImageRows& image, std::uint32_t from,
                         std::uint32_t count, ResultBatch& batch) {
  memory.give(batch, column_bytes(image, count));
  put_columns(image, from, count, batch.memory.get(), batch);
  return reinterpret_cast<unsigned char*>(batch.memory.get());
}

}  // namespace

ResultBatch batch_of_part(pool::BatchMemory& memory, const pool::Portion& rows,
                          const BlockPart& part, std::uint32_t from, std::uint32_t node) {
  ResultBatch batch;
  const plugin::FunctionEntry& function = rows.map->function();
  unsigned char* const status = part.columns.empty()
                                    ? put_lines(memory, part, from, rows.count, batch)
                                    : put_image(memory,
                                                {part.columns, function.signature.results,
                                                 static_cast<std::uint32_t>(part.status.size())},
                                                from, rows.count, batch);
  auto error = static_cast<std::size_t>(
      std::count(part.status.begin(), part.status.begin() + from, std::uint8_t{0}));
  for (std::uint32_t item = 0; item < rows.count; ++item) {
    const bool is_value = part.status[from + item] == 1;
    status[item] = is_value ? FORKMAP_STATUS_VALUE : FORKMAP_STATUS_FUNCTION_ERROR;
    if (is_value) continue;
    ItemError one = part.errors[error++];
    one.index = pool::index_of(rows, item);
    one.function = function.full_name;
    one.attempt += rows.attempts;
    one.node = node;
    batch.errors.push_back(std::move(one));
  }
  batch.first = rows.first;
  batch.count = rows.count;
  batch.status = status;
  batch.worker = part.worker;
  batch.pid = part.pid;
  batch.node = node;
  return batch;
}

}  // namespace forkmap::node
