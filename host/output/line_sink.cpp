// SPDX-License-Identifier: Apache-2.0
#include "host/output/line_sink.hpp"

#include <string>
#include <string_view>

#include "host/text/item_text.hpp"

namespace forkmap::host {

namespace {

class LineSink : public ResultSink {
 public:
  explicit LineSink(const SinkContext& context)
      : context_(context), layout_(result_columns_of(context.function.signature)) {}

  // Lines are looked at one by one only where something stands between them.
  [[nodiscard]] pool::TextResults wanted() const noexcept override {
    return context_.form.tag || context_.form.fill ? pool::TextResults::lines
                                                   : pool::TextResults::block;
  }

  void take(const ResultBatch& batch) override {
    const ResultForm& form = context_.form;
    if (form.tag) {
      std::uint64_t item = 0;
      context_.input.read_texts(batch.first, batch.count,
                                [&](std::string_view text) { append_tagged(batch, item++, text); });
    } else if (batch.text != nullptr && (!form.fill || batch.errors.empty())) {
      context_.writer.write({reinterpret_cast<const char*>(batch.text), batch.text_bytes});
      return;
    } else {
      append_all(batch);
    }
    context_.writer.written();
  }

 private:
  static std::string_view text_between(const ResultBatch& batch, std::uint64_t first,
                                       std::uint64_t last) noexcept {
    const std::uint64_t begin = first == 0 ? 0 : batch.text_ends[first - 1];
    const std::uint64_t end = last == 0 ? 0 : batch.text_ends[last - 1];
    return {reinterpret_cast<const char*>(batch.text) + begin, end - begin};
  }

  void append_tagged(const ResultBatch& batch, std::uint64_t item, std::string_view text) {
    const bool has_value = batch.status[item] == FORKMAP_STATUS_VALUE;
    if (!has_value && !context_.form.fill) return;
    append_tag(text, context_.input.delimiter(), context_.rules.raw, context_.writer.buffer());
    context_.writer.buffer() += '\t';
    append_outcome(batch, item);
  }

  void append_outcome(const ResultBatch& batch, std::uint64_t item) {
    std::string& out = context_.writer.buffer();
    if (batch.status[item] == FORKMAP_STATUS_VALUE) {
      if (batch.text_ends != nullptr) {
        out += text_between(batch, item, item + 1);
        return;
      }
      types::format_row(layout_, batch.columns.data(), item, context_.rules, out);
    } else if (context_.form.fill) {
      out += *context_.form.fill;
    } else {
      return;
    }
    out += context_.rules.terminator;
  }

  // Text goes in runs, from one failed item to the next.
  void append_all(const ResultBatch& batch) {
    if (batch.text_ends == nullptr) {
      for (std::uint64_t item = 0; item < batch.count; ++item) append_outcome(batch, item);
      return;
    }
    std::uint64_t begin = 0;
    for (std::uint64_t item = 0; item < batch.count; ++item) {
      if (batch.status[item] == FORKMAP_STATUS_VALUE) continue;
      context_.writer.buffer() += text_between(batch, begin, item);
      append_outcome(batch, item);
      begin = item + 1;
    }
    context_.writer.buffer() += text_between(batch, begin, batch.count);
  }

  SinkContext context_;
  types::ColumnLayout layout_;
};

}  // namespace

std::unique_ptr<ResultSink> make_line_sink(const SinkContext& context) {
  return std::make_unique<LineSink>(context);
}

}  // namespace forkmap::host
