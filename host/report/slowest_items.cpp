// SPDX-License-Identifier: Apache-2.0
#include "host/report/slowest_items.hpp"

#include <algorithm>
#include <utility>

#include "host/text/item_text.hpp"
#include "host/text/quantity.hpp"
#include "host/text/table.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kKept = 10;

}  // namespace

void SlowestItems::take(const ResultBatch& batch, const ItemNumbering& numbers,
                        const ItemInput& input) {
  if (batch.count == 0 || batch.ended <= batch.begun) return;
  const auto time = (batch.ended - batch.begun) / batch.count;
  if (items_.size() == kKept && items_.back().time >= time) return;
  SlowItem item;
  item.number = numbers.number_of(batch.first);
  item.last = numbers.number_of(batch.first + batch.count - 1);
  item.time = time;
  input.read_texts(batch.first, 1,
                   [&](std::string_view text) { item.text = shown_item(text, input.delimiter()); });
  const auto place =
      std::ranges::upper_bound(items_, time, std::ranges::greater{}, &SlowItem::time);
  items_.insert(place, std::move(item));
  if (items_.size() > kKept) items_.pop_back();
}

std::string SlowestItems::text() const {
  if (items_.empty()) return {};
  std::vector<std::vector<std::string>> rows;
  for (const SlowItem& item : items_) {
    rows.push_back({time_text(item.time), name_of(item), item.text});
  }
  std::string text = "slowest items:\n" + aligned(rows, {0});
  text.pop_back();
  return text;
}

std::string name_of(const SlowItem& item) {
  if (item.last == item.number) return "item " + std::to_string(item.number);
  return "items " + std::to_string(item.number) + " to " + std::to_string(item.last) +
         ", on average";
}

}  // namespace forkmap::host
