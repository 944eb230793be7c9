// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "host/output/result_sink.hpp"

namespace forkmap::host {

// {"item":3,"result":9} and a newline for each result; several columns are an array, none is null.
// With --tag also "text". An item that failed has {"item":3,"error":"FunctionError","fill":"TEXT"}
// with
// --fill, and no line otherwise.
[[nodiscard]] std::unique_ptr<ResultSink> make_json_sink(const SinkContext& context);

}  // namespace forkmap::host
