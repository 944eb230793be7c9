// SPDX-License-Identifier: Apache-2.0
#include "host/options/binding_options.hpp"

#include "core/plugin/loaded_build_id.hpp"
#include "host/cli/option_values.hpp"
#include "host/cli/usage_error.hpp"
#include "host/text/shell_quote.hpp"

namespace forkmap::host {

namespace {

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

void add_binding_options(CommandLine& line, BindingOptions& options) {
  line.begin_group("Plugins");
  line.value(
      "--bind", "check|own|any",
      "A plugin whose libraries got another's symbols: refuse it, give them their own, take it",
      [&options](const std::string& text) { options.bind = bind_of("--bind", text); });
  line.values("--global", "LIB",
              "Let every library use the symbols of this one, which a plugin brings",
              [&options](const std::string& library) {
                if (library.empty()) throw UsageError("--global: the name is empty");
                options.global.push_back(library);
              });
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
