// SPDX-License-Identifier: Apache-2.0
#include "host/plugin/list.hpp"

#include <cstdio>
#include <forkmap/registry.hpp>
#include <string>
#include <vector>

#include "core/base/printable_text.hpp"
#include "core/plugin/inspect.hpp"
#include "core/plugin/plugin_search.hpp"
#include "host/cli/command_line.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/source/source_plugin.hpp"
#include "host/source/wrapper.hpp"
#include "host/text/table.hpp"

namespace forkmap::host {

namespace {

using Rows = std::vector<std::vector<std::string>>;

HelpText list_help() {
  return {
      .usage = "forkmap list [--build WORDS] [PLUGIN|SOURCE...]",
      .description =
          "Lists functions with their signatures: those of the plugins that are named, or of all "
          "that\n"
          "are found in FORKMAP_PLUGIN_PATH, in the build tree and in the installed folder. Of a "
          "source\n"
          "file (C++, C, Fortran) all functions are listed, with the reason if one cannot be "
          "called.",
      .examples =
          "Examples\n"
          "  forkmap list                what there is\n"
          "  forkmap list ./my.so arith  a file, and a plugin by its name\n"
          "  forkmap list primes.cpp     functions that know nothing of forkmap",
  };
}

// Of a source file nothing is run, and nothing is kept.
bool append_source(const SourceWord& word, const BuildOptions& options, Rows& rows) {
  for (const ListedFunction& one : listed_functions(word, options)) {
    rows.push_back({word.file + ":" + one.function.name, described(one.function),
                    one.reason.empty() ? "" : "cannot be called: " + one.reason});
  }
  return true;
}

// Plugins are looked at in a throw-away process; none is loaded here.
bool append_functions(const std::string& name_or_path, Rows& rows) {
  const plugin::PluginReport report = plugin::inspect(name_or_path);
  if (report.refused()) {
    const std::string why = "cannot load plugin " + report.path + ": " + report.refused_step +
                            ": " + report.refused_reason;
    std::fprintf(stderr, "forkmap: %s\n", base::printable_lines(why).c_str());
    return false;
  }
  for (const plugin::ProbedFunction& function : report.functions) {
    rows.push_back({report.name + ":" + function.name, function.signature,
                    function.doc + (function.once ? " (once)" : "") +
                        (function.vectorized ? " (vectorized)" : "")});
  }
  return true;
}

std::string no_plugins_text() {
  std::string text = "there are no plugins in";
  for (const std::string& folder : plugin::search_folders())
    text += "\n  " + base::printable_line(folder);
  return text + "\nforkmap new NAME writes one; FORKMAP_PLUGIN_PATH may name more folders\n";
}

}  // namespace

int list_command(Arguments arguments) {
  CommandLine command_line(list_help());
  BuildOptions build;
  add_build_options(command_line, build);
  const auto line = command_line.read(arguments);
  if (!line) return kSucceeded;
  const bool named = !line->words.empty();
  const std::vector<std::string> plugins = named ? line->words : plugin::installed_plugins();
  if (plugins.empty()) {
    std::fputs(("forkmap: " + no_plugins_text()).c_str(), stderr);
    return kSucceeded;
  }
  Rows rows;
  bool all_good = true;
  for (const std::string& plugin : plugins) {
    const auto source = source_word(plugin);
    if (source && has_own_descriptor(source->file)) {
      all_good = append_functions(SourcePlugin(*source, build).path(), rows) && all_good;
    } else if (source) {
      all_good = append_source(*source, build, rows) && all_good;
    } else {
      all_good = append_functions(plugin, rows) && all_good;
    }
  }
  std::fputs(aligned(rows).c_str(), stdout);
  // A bad file in a searched folder is reported, and is not an error of this call.
  return all_good || !named ? kSucceeded : kNothingRun;
}

}  // namespace forkmap::host
