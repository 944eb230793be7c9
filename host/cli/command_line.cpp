// SPDX-License-Identifier: Apache-2.0
#include "host/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include "host/cli/option_values.hpp"
#include "host/cli/usage_error.hpp"

namespace forkmap::host {

namespace {

void put_below(const char* heading, CLI::Option& option) {
  if (heading != nullptr) option.group(heading);
}

std::string longest_name(std::string_view names) {
  return std::string(names.substr(names.rfind(',') + 1));
}

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace

CommandLine::CommandLine(HelpText text) : app_(std::make_unique<CLI::App>()) {
  app_->formatter(help_layout(std::move(text)));
  app_->set_help_flag("-h,--help", "Print this help");
  app_->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

CommandLine::~CommandLine() = default;

void CommandLine::flag(const char* names, const char* help, bool& target) {
  put_below(heading_, *app_->add_flag(names, target, help));
}

void CommandLine::flag(const char* names, const char* help, std::function<void()> use) {
  put_below(heading_, *app_->add_flag_callback(names, std::move(use), help));
}

void CommandLine::value(const char* names, const char* placeholder, const char* help,
                        const Use& use) {
  CLI::Option& option = *app_->add_option_function<std::string>(names, use, help);
  put_below(heading_, *option.type_name(placeholder));
}

void CommandLine::values(const char* names, const char* placeholder, const char* help, Use use) {
  const auto use_all = [use = std::move(use)](const std::vector<std::string>& all) {
    for (const std::string& each : all) use(each);
  };
  CLI::Option& option = *app_->add_option_function<std::vector<std::string>>(names, use_all, help);
  option.multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
  put_below(heading_, *option.type_name(placeholder));
}

void CommandLine::number(const char* names, const char* help, std::uint64_t lowest,
                         std::uint64_t highest, std::function<void(std::uint64_t)> use) {
  const std::string name = longest_name(names);
  value(names, "N", help, [name, lowest, highest, use = std::move(use)](const std::string& text) {
    use(whole_number(name, text, lowest, highest));
  });
}

void CommandLine::exclude(const char* name, const char* other) {
  app_->get_option(name)->excludes(app_->get_option(other));
}

std::optional<SeparatedLine> CommandLine::read(std::span<const std::string> arguments) {
  SeparatedLine line = separate(arguments, *app_);
  std::vector<std::string> reversed(line.options.rbegin(), line.options.rend());
  try {
    app_->parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    print(app_->help());
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  return line;
}

}  // namespace forkmap::host
