// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "host/output/result_sink.hpp"

namespace forkmap::host {

// A line for each result, as the worker printed it; with --tag behind the item and a TAB. Nothing
// for an item that failed, or the line of --fill.
[[nodiscard]] std::unique_ptr<ResultSink> make_line_sink(const SinkContext& context);

}  // namespace forkmap::host
