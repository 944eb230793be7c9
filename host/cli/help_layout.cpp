// SPDX-License-Identifier: Apache-2.0
#include "host/cli/help_layout.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "host/cli/usage_error.hpp"

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

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace

void lay_out(CLI::App& app, HelpText text) {
  app.formatter(std::make_shared<Layout>(std::move(text)));
  app.set_help_flag("-h,--help", "Print this help");
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

std::optional<SeparatedLine> read_command_line(CLI::App& app,
                                               std::span<const std::string> arguments) {
  SeparatedLine line = separate(arguments, app);
  std::vector<std::string> reversed(line.options.rbegin(), line.options.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    print(app.help());
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  return line;
}

}  // namespace forkmap::host
