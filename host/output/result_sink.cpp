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

std::unique_ptr<ResultSink> make_sink(const SinkContext& context) {
  if (context.form.reduction != Reduction::none) return make_reduce_sink(context);
  if (context.form.format == Format::jsonl) return make_json_sink(context);
  return make_line_sink(context);
}

}  // namespace forkmap::host
