// SPDX-License-Identifier: Apache-2.0
#include "host/output/result_sink.hpp"

#include <algorithm>

#include "host/output/json_sink.hpp"
#include "host/output/line_sink.hpp"
#include "host/output/reduce_sink.hpp"

namespace forkmap::host {

types::ColumnLayout result_columns_of(const types::Signature& signature) {
  types::ColumnLayout layout;
  layout.column_count = static_cast<std::uint32_t>(signature.results.size());
  std::ranges::copy(signature.results, layout.types.begin());
  return layout;
}

std::uint64_t item_number(const RunOptions& options, const ItemInput& input,
                          std::uint64_t position) {
  if (const auto own = input.own_number(position)) return *own;
  return options.first_item + options.shard.index - 1 + position * options.shard.count;
}

std::unique_ptr<ResultSink> make_sink(const SinkContext& context) {
  if (context.options.reduction != Reduction::none) return make_reduce_sink(context);
  if (context.options.format == Format::jsonl) return make_json_sink(context);
  return make_line_sink(context);
}

}  // namespace forkmap::host
