// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "host/output/result_sink.hpp"

namespace forkmap::host {

// One value at the end, on standard output; on standard error if an item failed. Needs batches in
// order. Throws UsageError unless the function has one numeric result (for count: any).
[[nodiscard]] std::unique_ptr<ResultSink> make_reduce_sink(const SinkContext& context);

}  // namespace forkmap::host
