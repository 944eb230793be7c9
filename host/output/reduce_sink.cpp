// SPDX-License-Identifier: Apache-2.0
#include "host/output/reduce_sink.hpp"

#include <string>

#include "host/cli/diagnostics.hpp"
#include "host/cli/usage_error.hpp"
#include "host/output/accumulator.hpp"

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
      : context_(context), add_all_(add_all), accumulator_(context.form.reduction) {
    const auto& results = context.function.signature.results;
    const std::uint32_t code = results.size() == 1 ? results.front().code : 0;
    is_single_ = code == FORKMAP_F32;
    is_float_ = is_single_ || code == FORKMAP_F64;
  }

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
    const std::string name(name_of(context_.form.reduction));
    const auto text = accumulator_.text(is_float_, is_single_);
    if (accumulator_.overflowed()) {
      context_.diagnostics.say("the " + name + " does not fit into 128 bits, so there is none");
      return false;
    }
    if (failed > 0) {
      context_.diagnostics.say("partial " + name + ", of the " +
                               std::to_string(accumulator_.count()) +
                               " items that did not fail: " + text.value_or("none"));
      return true;
    }
    if (!text) {
      context_.diagnostics.say("there was no item, so there is no " + name);
      return true;
    }
    write_value(name, *text);
    return true;
  }

 private:
  void write_value(const std::string& name, const std::string& text) {
    std::string& out = context_.writer.buffer();
    if (context_.form.format == Format::jsonl) {
      const bool is_number = text.find_first_of("in") == std::string::npos;
      const std::string mark = is_number ? "" : "\"";
      out += "{\"" + name + "\":" + mark + text + mark + "}\n";
    } else {
      out += text + context_.rules.terminator;
    }
    context_.writer.written();
  }

  SinkContext context_;
  AddAll add_all_;
  Accumulator accumulator_;
  bool is_float_ = false;
  bool is_single_ = false;
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
