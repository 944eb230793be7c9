// SPDX-License-Identifier: Apache-2.0
#include "host/output/json_sink.hpp"

#include <string>
#include <string_view>

#include "host/text/item_text.hpp"
#include "host/text/json_value.hpp"

namespace forkmap::host {

namespace {

class JsonSink : public ResultSink {
 public:
  explicit JsonSink(const SinkContext& context)
      : context_(context), layout_(result_columns_of(context.function.signature)) {}

  void take(const ResultBatch& batch) override {
    auto error = batch.errors.begin();
    const auto append = [&](std::uint64_t item, std::string_view text) {
      const bool has_value = batch.status[item] == FORKMAP_STATUS_VALUE;
      if (has_value) {
        append_result(batch, item, text);
      } else {
        append_failure(batch.first + item, *error++, text);
      }
    };
    if (context_.form.tag) {
      std::uint64_t item = 0;
      context_.input.read_texts(batch.first, batch.count,
                                [&](std::string_view text) { append(item++, text); });
    } else {
      for (std::uint64_t item = 0; item < batch.count; ++item) append(item, {});
    }
    context_.writer.written();
  }

 private:
  void begin_line(std::uint64_t position, std::string_view text) {
    std::string& out = context_.writer.buffer();
    out += "{\"item\":" + std::to_string(context_.numbers.number_of(position));
    if (!context_.form.tag) return;
    out += ",\"text\":";
    std::string shown;
    const char delimiter = context_.input.delimiter();
    append_tag(text, delimiter, context_.rules.raw || delimiter == '\0', shown);
    append_json_text(shown, out);
  }

  void append_result(const ResultBatch& batch, std::uint64_t item, std::string_view text) {
    begin_line(batch.first + item, text);
    std::string& out = context_.writer.buffer();
    out += ",\"result\":";
    const bool is_list = layout_.column_count > 1;
    if (layout_.column_count == 0) out += "null";
    if (is_list) out += '[';
    for (std::uint32_t column = 0; column < layout_.column_count; ++column) {
      if (column > 0) out += ',';
      append_json_value(layout_.types[column], batch.columns[column], item, out);
    }
    if (is_list) out += ']';
    out += "}\n";
  }

  void append_failure(std::uint64_t position, const ItemError& error, std::string_view text) {
    if (!context_.form.fill) return;
    begin_line(position, text);
    std::string& out = context_.writer.buffer();
    out += ",\"error\":\"" + std::string(to_string(error.kind)) + "\",\"fill\":";
    append_json_text(*context_.form.fill, out);
    if (!error.printed.empty()) {
      out += ",\"printed\":";
      append_json_text(error.printed, out);
      out += ",\"printed_by\":[" + std::to_string(error.printed_since + 1) + "," +
             std::to_string(error.index + 1) + "]";
    }
    out += "}\n";
  }

  SinkContext context_;
  types::ColumnLayout layout_;
};

}  // namespace

std::unique_ptr<ResultSink> make_json_sink(const SinkContext& context) {
  return std::make_unique<JsonSink>(context);
}

}  // namespace forkmap::host
