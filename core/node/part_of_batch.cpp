// SPDX-License-Identifier: Apache-2.0
#include "core/node/part_of_batch.hpp"

#include <algorithm>
#include <chrono>

#include "core/base/check.hpp"
#include "core/node/result_image.hpp"

namespace forkmap::node {

PartOfBatch::PartOfBatch(const ResultBatch& batch, const types::Signature& signature,
                         const types::TextRules& rules, bool wants_columns)
    : batch_(batch),
      signature_(signature),
      rules_(rules),
      wants_columns_(wants_columns),
      layout_(types::layout_columns(types::Part::results, signature.results, batch.count)) {}

void PartOfBatch::append_line(std::uint32_t item, std::string& text) const {
  if (batch_.text_ends != nullptr) {
    const std::uint64_t begin = item == 0 ? 0 : batch_.text_ends[item - 1];
    text.append(reinterpret_cast<const char*>(batch_.text) + begin, batch_.text_ends[item] - begin);
    return;
  }
  types::format_row(layout_, batch_.columns.data(), item, rules_, text);
  text += rules_.terminator;
}

BlockPart PartOfBatch::next(std::uint32_t count) {
  FORKMAP_CHECK(count <= batch_.count - item_);
  BlockPart part;
  part.worker = batch_.worker;
  part.pid = batch_.pid;
  // While its pool was paused the begin was moved, and the end may have been measured before.
  const auto time = std::max<std::chrono::nanoseconds>(batch_.ended - batch_.begun, {});
  part.time = time * count / batch_.count;
  part.status.reserve(count);
  if (wants_columns_) {
    part.columns = image_of(batch_, signature_.results, item_, count);
  } else {
    part.ends.reserve(count);
  }
  for (const std::uint32_t end = item_ + count; item_ < end; ++item_) {
    const bool is_value = batch_.status[item_] == FORKMAP_STATUS_VALUE;
    part.status.push_back(is_value ? 1 : 0);
    if (!wants_columns_) {
      if (is_value) append_line(item_, part.text);
      part.ends.push_back(part.text.size());
    }
    if (!is_value) part.errors.push_back(batch_.errors.at(error_++));
  }
  return part;
}

}  // namespace forkmap::node
