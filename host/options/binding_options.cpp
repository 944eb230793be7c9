// SPDX-License-Identifier: Apache-2.0
#include "host/options/binding_options.hpp"

#include <CLI/CLI.hpp>

#include "core/plugin/loaded_build_id.hpp"
#include "host/cli/option_values.hpp"
#include "host/cli/usage_error.hpp"
#include "host/text/shell_quote.hpp"

namespace forkmap::host {

namespace {

constexpr const char* kBindingGroup = "Plugins";

Bind bind_of(const char* option, const std::string& text) {
  return choice<Bind>(option, text,
                      {{"check", Bind::check}, {"own", Bind::own}, {"any", Bind::any}});
}

}  // namespace

LoadOptions BindingOptions::load_options(bool in_place, bool probe) const {
  LoadOptions options;
  options.in_place = in_place;
  options.probe = probe;
  options.bind = bind;
  options.global = global;
  return options;
}

std::string BindingOptions::bind_text() const {
  switch (bind) {
    case Bind::own:
      return "own";
    case Bind::any:
      return "any";
    case Bind::check:
      break;
  }
  return {};
}

std::string BindingOptions::words() const {
  std::string words;
  if (const std::string text = bind_text(); !text.empty()) words += " --bind " + text;
  for (const std::string& library : global) words += " --global " + shell_quoted(library);
  return words;
}

void add_binding_options(CLI::App& app, BindingOptions& options) {
  app.add_option_function<std::string>(
         "--bind", [&options](const std::string& text) { options.bind = bind_of("--bind", text); },
         "A plugin whose libraries got another's symbols: refuse it, give them their own, take it")
      ->type_name("check|own|any")
      ->group(kBindingGroup);
  app.add_option_function<std::vector<std::string>>(
         "--global",
         [&options](const std::vector<std::string>& all) {
           for (const std::string& library : all) {
             if (library.empty()) throw UsageError("--global: the name is empty");
             options.global.push_back(library);
           }
         },
         "Let every library use the symbols of this one, which a plugin brings")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false)
      ->type_name("LIB")
      ->group(kBindingGroup);
}

void set_binding_option(BindingOptions& options, const std::string& word) {
  const auto [name, value] = key_and_value("load", word);
  if (value.empty()) throw UsageError("load: " + name + " has no value");
  if (name == "bind") {
    options.bind = bind_of("bind", value);
  } else if (name == "global") {
    options.global.push_back(value);
  } else {
    throw UsageError("load: there is no option \"" + name + "\"; it has bind and global");
  }
}

void check_global_libraries(const BindingOptions& options) {
  for (const std::string& library : options.global) {
    if (plugin::loaded_build_id(library)) continue;
    throw UsageError("--global: no plugin has brought a library named " + library +
                     "; forkmap inspect FILE says what a plugin needs, and a path may be given");
  }
}

}  // namespace forkmap::host
