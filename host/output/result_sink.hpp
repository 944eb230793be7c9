// SPDX-License-Identifier: Apache-2.0
//
// What becomes of results: lines, JSON lines, or one reduced value.
#pragma once

#include <forkmap/item_source.hpp>
#include <memory>
#include <string>

#include "core/plugin/registry_table.hpp"
#include "core/pool/engine.hpp"
#include "core/types/text_format.hpp"
#include "host/input/item_input.hpp"
#include "host/io/output_stream.hpp"
#include "host/options/result_form.hpp"
#include "host/output/item_numbering.hpp"

namespace forkmap::host {

class Diagnostics;

class ResultSink {
 public:
  ResultSink() = default;
  ResultSink(const ResultSink&) = delete;
  ResultSink& operator=(const ResultSink&) = delete;
  virtual ~ResultSink() = default;

  // What batches are to have besides status and errors.
  [[nodiscard]] virtual pool::TextResults wanted() const noexcept {
    return pool::TextResults::columns;
  }
  // The outcomes of a run of items that are not settled yet; `batch.errors` in the order of items.
  virtual void take(const ResultBatch& batch) = 0;
  // What it keeps of the outcomes so far, for a journal; empty if they are all in the writer. False
  // from restore() if `state` is none of its own.
  [[nodiscard]] virtual std::string state() const { return {}; }
  [[nodiscard]] virtual bool restore(const std::string& state) { return state.empty(); }
  // All outcomes have been given; `failed` of them were errors. False if there is no result.
  virtual bool finish(std::uint64_t failed) {
    static_cast<void>(failed);
    return true;
  }
};

// What all sinks know of their run.
struct SinkContext {
  ResultForm form;
  const plugin::FunctionEntry& function;
  const ItemInput& input;
  const ItemNumbering& numbers;
  OutputStream& writer;
  Diagnostics& diagnostics;
  types::TextRules rules;
};

// The columns of a function's results, without places: enough to format rows.
[[nodiscard]] types::ColumnLayout result_columns_of(const types::Signature& signature);

// Throws UsageError for a function whose results cannot be reduced.
[[nodiscard]] std::unique_ptr<ResultSink> make_sink(const SinkContext& context);

}  // namespace forkmap::host
