// SPDX-License-Identifier: Apache-2.0
#include "host/shell/map.hpp"

#include <chrono>
#include <utility>

#include "core/serial/serial_pool.hpp"
#include "core/types/text_format.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/usage_error.hpp"
#include "host/foreign/code_watch.hpp"
#include "host/input/argument_input.hpp"
#include "host/output/result_sink.hpp"

namespace forkmap::host {

namespace {

std::shared_ptr<ArgumentInput> input_of(const plugin::FunctionEntry& function,
                                        const std::vector<std::string>& items) {
  const std::size_t arity = function.signature.arguments.size();
  if (items.size() % arity != 0) {
    throw UsageError(function.full_name + " takes " + std::to_string(arity) +
                     " arguments an item (" + types::to_text(function.signature) +
                     "), and of the " + std::to_string(items.size()) + " given " +
                     std::to_string(items.size() % arity) +
                     (items.size() % arity == 1 ? " is" : " are") + " left over");
  }
  return std::make_shared<ArgumentInput>(std::make_unique<ArgumentTexts>(items, arity), Shard{},
                                         false);
}

// As in `forkmap run`; results are escaped.
types::TextRules rules_of(const ArgumentInput& input) {
  types::TextRules rules;
  rules.delimiter = input.delimiter();
  return rules;
}

// Workers print their results; of a task whose worker died there are only the columns of the items
// that were complete.
class RowReader {
 public:
  RowReader(const types::Signature& signature, const types::TextRules& rules)
      : columns_(result_columns_of(signature)), rules_(rules) {}

  void add(const ResultBatch& batch, ShellOutcomes& outcomes) {
    auto error = batch.errors.begin();
    for (std::uint32_t item = 0; item < batch.count; ++item) {
      if (batch.status[item] == FORKMAP_STATUS_VALUE) {
        outcomes.add_row(row_of(batch, item));
      } else {
        outcomes.add_error(*error++);
      }
    }
  }

 private:
  std::string_view row_of(const ResultBatch& batch, std::uint32_t item) {
    if (batch.text_ends == nullptr) {
      row_.clear();
      types::format_row(columns_, batch.columns.data(), item, rules_, row_);
      return row_;
    }
    const std::uint64_t begin = item == 0 ? 0 : batch.text_ends[item - 1];
    // Without the terminator.
    return {reinterpret_cast<const char*>(batch.text) + begin, batch.text_ends[item] - begin - 1};
  }

  types::ColumnLayout columns_;
  types::TextRules rules_;
  std::string row_;
};

pool::MapRequest request_for(const plugin::FunctionEntry& function,
                             const std::shared_ptr<ArgumentInput>& input) {
  pool::MapRequest request;
  request.function = &function;
  request.source = source_over(input);
  request.text = rules_of(*input);
  return request;
}

}  // namespace

ShellMap open_shell_map(ShellPool& pool, const plugin::FunctionEntry& function,
                        const std::vector<std::string>& items) {
  const auto input = input_of(function, items);
  return {&function, rules_of(*input), pool.engine->open(request_for(function, input))};
}

ShellOutcomes read_shell_map(ShellPools& pools, const ShellMap& map, InterruptFd& interrupt) {
  interrupt.forget();
  ShellOutcomes outcomes(map.function->signature);
  RowReader reader(map.function->signature, map.rules);
  for (;;) {
    ResultBatch batch;
    switch (pool::Engine::next(*map.map, batch, pool::Wait::poll)) {
      case pool::Next::batch:
        reader.add(batch, outcomes);
        pool::Engine::recycle(*map.map, std::move(batch));
        break;
      case pool::Next::end:
        return outcomes;
      case pool::Next::nothing:
        if (pools.wait(std::chrono::hours(1), interrupt.fd())) {
          interrupt.forget();
          pool::Engine::cancel_and_settle(*map.map);
        }
    }
  }
}

ShellOutcomes run_serial_map(Registry& registry, const plugin::FunctionEntry& function,
                             const std::vector<std::string>& items) {
  const auto input = input_of(function, items);
  CodeWatch foreign_code(kCannotGoOn);
  foreign_code.begin("a serial map");
  registry.prepare_serial();
  ShellOutcomes outcomes(function.signature);
  RowReader reader(function.signature, rules_of(*input));
  pool::SerialPool pool(registry.serial_session());
  const std::shared_ptr<pool::Map> map = pool.open(request_for(function, input));
  do {
    static_cast<void>(pool.step());
    ResultBatch batch;
    while (pool.next(*map, batch)) {
      reader.add(batch, outcomes);
      pool.recycle(std::move(batch));
    }
  } while (!pool::SerialPool::is_over(*map));
  return outcomes;
}

}  // namespace forkmap::host
