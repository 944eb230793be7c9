// SPDX-License-Identifier: Apache-2.0
#include "host/cli/help_layout.hpp"

#include <CLI/CLI.hpp>
#include <utility>

namespace forkmap::host {

namespace {

constexpr std::size_t kOptionColumn = 30;

class Layout : public CLI::Formatter {
 public:
  explicit Layout(HelpText text) : text_(std::move(text)) {
    column_width(kOptionColumn);
    label("OPTIONS", "");
  }

  std::string make_usage(const CLI::App*, std::string) const override {
    return "usage: " + text_.usage + "\n\n" + text_.description + "\n";
  }
  std::string make_description(const CLI::App*) const override { return {}; }
  std::string make_footer(const CLI::App*) const override {
    return text_.examples.empty() ? std::string{} : "\n" + text_.examples + "\n";
  }
  // The placeholder of the value alone, without CLI11's type, default and count.
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_items_expected_max() == 0) return {};
    return " " + option->get_type_name();
  }

 private:
  HelpText text_;
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_layout(HelpText text) {
  return std::make_shared<Layout>(std::move(text));
}

}  // namespace forkmap::host
