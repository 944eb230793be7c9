// SPDX-License-Identifier: Apache-2.0
#include "tests/include/text_run.hpp"

#include <array>
#include <stdexcept>

#include "core/types/chunk_services.hpp"
#include "core/types/item_status.hpp"
#include "core/types/text_format.hpp"

namespace forkmap::test {

namespace {

constexpr std::uint64_t kInputBytes = 1 << 20;
constexpr std::uint32_t kTurn = 77;

struct Memory {
  explicit Memory(std::uint64_t size_bytes) : words(size_bytes / 8 + 16) {}
  [[nodiscard]] std::byte* base() {
    const auto address = reinterpret_cast<std::uintptr_t>(words.data());
    return reinterpret_cast<std::byte*>((address + 63) / 64 * 64);
  }
  std::vector<std::uint64_t> words;
};

}  // namespace

TextRun run_text(const forkmap_function& function, const std::vector<std::string>& items,
                 const TextRunOptions& options) {
  const types::Signature signature = types::parse_signature(function.signature);
  const types::ColumnLayout inputs =
      types::layout_columns(types::Part::inputs, signature.arguments, items.size());
  const types::ColumnLayout outputs =
      types::layout_columns(types::Part::results, signature.results, items.size());
  Memory input_memory(inputs.bytes_offset_bytes + kInputBytes);
  Memory output_memory(outputs.bytes_offset_bytes + options.bytes_capacity);
  std::byte* const in = input_memory.base();
  std::byte* const out = output_memory.base();

  types::begin_columns(inputs, in);
  std::uint64_t input_used = 0;
  for (std::uint64_t i = 0; i < items.size(); ++i) {
    types::BadText bad;
    if (types::parse_row(items[i], {}, inputs, in, i, input_used, kInputBytes, bad) !=
        types::ParseOutcome::row) {
      throw std::invalid_argument(items[i] + ": " + bad.reason);
    }
  }

  std::array<forkmap_column, FORKMAP_MAX_COLUMNS> arguments{};
  std::array<forkmap_result_column, FORKMAP_MAX_COLUMNS> results{};
  types::argument_columns(inputs, in, arguments.data());
  types::result_columns(outputs, out, results.data());

  types::ChunkHost host;
  const types::Parameters parameters(options.parameters);
  host.parameters = &parameters;
  host.result_layout = &outputs;
  host.errors = reinterpret_cast<types::ErrorPlace*>(out + outputs.errors_offset_bytes);
  std::uint64_t progress = 0;
  forkmap_chunk chunk{};
  chunk.table = types::chunk_table();
  chunk.size_bytes = sizeof(forkmap_chunk);
  chunk.argument_count = inputs.column_count;
  chunk.result_count = outputs.column_count;
  chunk.turn = kTurn;
  chunk.first = options.first;
  chunk.count = items.size();
  chunk.arguments = arguments.data();
  chunk.results = results.data();
  chunk.status = reinterpret_cast<unsigned char*>(out + outputs.status_offset_bytes);
  chunk.progress = &progress;
  chunk.bytes = reinterpret_cast<unsigned char*>(out + outputs.bytes_offset_bytes);
  chunk.bytes_capacity = options.bytes_capacity;
  chunk.first_index = options.first_index;
  chunk.index_stride = options.index_stride;
  chunk.seed = options.seed;
  chunk.function = &function;
  chunk.host = static_cast<types::RunEnvironment*>(&host);

  TextRun run;
  run.returned = types::run_chunk(chunk);
  run.complete = progress & 0xffff'ffffU;
  run.turn_kept = progress >> 32 == kTurn;
  std::array<forkmap_column, FORKMAP_MAX_COLUMNS> readable{};
  types::readable_columns(outputs, out, readable.data());
  for (std::uint64_t i = options.first; i < run.complete && i < items.size(); ++i) {
    run.statuses.push_back(types::reported_status(chunk.status[i]));
    std::string line;
    if (chunk.status[i] == FORKMAP_STATUS_VALUE) {
      types::format_row(outputs, readable.data(), i, {}, line);
    } else {
      line.assign(reinterpret_cast<const char*>(chunk.bytes) + host.errors[i].offset_bytes,
                  host.errors[i].size_bytes);
    }
    run.lines.push_back(line);
  }
  return run;
}

const forkmap_function& find_function(const forkmap_plugin& plugin, const std::string& name) {
  for (std::uint64_t i = 0; i < plugin.function_count; ++i) {
    if (plugin.functions[i].name == name) return plugin.functions[i];
  }
  throw std::out_of_range("no function " + name);
}

}  // namespace forkmap::test
