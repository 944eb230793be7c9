// SPDX-License-Identifier: Apache-2.0
#include "host/output/reduce_sink.hpp"

#include <string>

#include "host/cli/usage_error.hpp"
#include "host/output/accumulator.hpp"
#include "host/output/reduced_value.hpp"

namespace forkmap::host {

namespace {

template <class T, class Wide>
void add_all(const ResultBatch& batch, Accumulator& accumulator) {
  const T* const values = static_cast<const T*>(batch.columns[0].values);
  for (std::uint64_t item = 0; item < batch.count; ++item) {
    if (batch.status[item] == FORKMAP_STATUS_VALUE)
      accumulator.add(static_cast<Wide>(values[item]));
  }
}

// The loop over a batch for a type of number; null for what is none.
using AddAll = void (*)(const ResultBatch& batch, Accumulator& accumulator);
AddAll adder_for(std::uint32_t code) {
  switch (code) {
    case FORKMAP_BOOL:
    case FORKMAP_U8:
      return &add_all<std::uint8_t, Int128>;
    case FORKMAP_U16:
      return &add_all<std::uint16_t, Int128>;
    case FORKMAP_U32:
      return &add_all<std::uint32_t, Int128>;
    case FORKMAP_U64:
      return &add_all<std::uint64_t, Int128>;
    case FORKMAP_I8:
      return &add_all<std::int8_t, Int128>;
    case FORKMAP_I16:
      return &add_all<std::int16_t, Int128>;
    case FORKMAP_I32:
      return &add_all<std::int32_t, Int128>;
    case FORKMAP_I64:
      return &add_all<std::int64_t, Int128>;
    case FORKMAP_F32:
      return &add_all<float, double>;
    case FORKMAP_F64:
      return &add_all<double, double>;
    default:
      return nullptr;
  }
}

class ReduceSink : public ResultSink {
 public:
  ReduceSink(const SinkContext& context, AddAll add_all)
      : context_(context),
        form_(reduced_form(context.form.reduction, context.form.format, context.rules.terminator,
                           context.function.signature)),
        add_all_(add_all),
        accumulator_(context.form.reduction) {}

  void take(const ResultBatch& batch) override {
    if (add_all_ == nullptr) {
      for (std::uint64_t item = 0; item < batch.count; ++item) {
        if (batch.status[item] == FORKMAP_STATUS_VALUE) accumulator_.count_only();
      }
    } else {
      add_all_(batch, accumulator_);
    }
  }

  [[nodiscard]] std::string state() const override { return accumulator_.state(); }
  [[nodiscard]] bool restore(const std::string& state) override {
    return accumulator_.restore(state);
  }

  bool finish(std::uint64_t failed) override {
    const bool has_result =
        end_reduction(accumulator_, form_, failed, context_.writer.buffer(), context_.diagnostics);
    context_.writer.written();
    return has_result;
  }

 private:
  SinkContext context_;
  ReducedForm form_;
  AddAll add_all_;
  Accumulator accumulator_;
};

}  // namespace

std::unique_ptr<ResultSink> make_reduce_sink(const SinkContext& context) {
  const Reduction reduction = context.form.reduction;
  if (reduction == Reduction::count) return std::make_unique<ReduceSink>(context, nullptr);
  const auto& results = context.function.signature.results;
  const AddAll add_all = results.size() == 1 ? adder_for(results.front().code) : nullptr;
  if (add_all == nullptr) {
    throw UsageError("--reduce " + std::string(name_of(reduction)) +
                     " needs a function with one number as its result, and " +
                     context.function.full_name + " is " +
                     types::to_text(context.function.signature));
  }
  return std::make_unique<ReduceSink>(context, add_all);
}

}  // namespace forkmap::host
