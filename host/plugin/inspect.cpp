// SPDX-License-Identifier: Apache-2.0
#include "host/plugin/inspect.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/printable_text.hpp"
#include "core/plugin/inspect.hpp"
#include "host/cli/command_line.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/usage_error.hpp"
#include "host/options/binding_options.hpp"
#include "host/text/table.hpp"

namespace forkmap::host {

namespace {

using Json = nlohmann::ordered_json;
using plugin::PluginReport;

HelpText inspect_help() {
  return {
      .usage = "forkmap inspect [--json] [--bind HOW] [--global LIB] FILE...",
      .description =
          "Says what a plugin's file is, how it would be loaded, and what is odd about it; or at "
          "which\n"
          "step it is refused, and why. Nothing of it is loaded into this process. FILE may also "
          "be the\n"
          "name of a plugin.",
      .examples =
          "Examples\n"
          "  forkmap inspect ./my.so\n"
          "  forkmap inspect --json arith | jq .functions\n"
          "\n"
          "Exit status: 0 if all would be loaded, else 2.",
  };
}

std::string loading_text(const PluginReport& report) {
  if (!report.in_place) return "from a private copy";
  return "in place" + (report.in_place_reason.empty() ? "" : ": " + report.in_place_reason);
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

std::string text_of(const PluginReport& report) {
  std::vector<std::vector<std::string>> rows;
  const auto row = [&rows](const char* name, const std::string& value) {
    if (!value.empty()) rows.push_back({std::string("  ") + name, value});
  };
  row("name", report.name);
  row("version", report.version);
  row("abi", report.abi ? std::to_string(*report.abi) : "");
  row("build-id", report.build_id);
  if (report.refused()) {
    row("refused at", report.refused_step);
    row("reason", report.refused_reason);
  } else {
    row("loaded", loading_text(report));
    row("hooks", report.has_hooks ? "yes" : "no");
  }
  row("needs", joined(report.needed));
  for (const plugin::ProbedFunction& function : report.functions) {
    row("function", function.name + " " + function.signature + (function.once ? " once" : "") +
                        (function.vectorized ? " vectorized" : "") + "  " + function.doc);
  }
  for (const std::string& warning : report.warnings) row("warning", warning);
  return base::printable_line(report.path) + "\n" + aligned(rows);
}

Json json_of(const PluginReport& report) {
  Json json;
  json["path"] = report.path;
  json["accepted"] = !report.refused();
  if (report.refused()) {
    json["refused"] = {{"step", report.refused_step}, {"reason", report.refused_reason}};
  }
  json["name"] = report.name;
  json["version"] = report.version;
  json["abi"] = report.abi ? Json(*report.abi) : Json(nullptr);
  json["build_id"] = report.build_id;
  json["in_place"] = report.in_place;
  json["in_place_reason"] = report.in_place_reason;
  json["has_hooks"] = report.has_hooks;
  json["needed"] = report.needed;
  json["functions"] = Json::array();
  for (const plugin::ProbedFunction& function : report.functions) {
    json["functions"].push_back({{"name", function.name},
                                 {"signature", function.signature},
                                 {"doc", function.doc},
                                 {"once", function.once},
                                 {"vectorized", function.vectorized}});
  }
  json["warnings"] = report.warnings;
  return json;
}

}  // namespace

int inspect_command(Arguments arguments) {
  CommandLine command_line(inspect_help());
  bool as_json = false;
  command_line.flag("--json", "An object for each file, or an array of them for several files",
                    as_json);
  BindingOptions binding;
  add_binding_options(command_line, binding);
  const auto line = command_line.read(arguments);
  if (!line) return kSucceeded;
  if (line->words.empty()) throw UsageError("inspect: no file was named");
  Json all = Json::array();
  bool all_good = true;
  for (const std::string& file : line->words) {
    const PluginReport report = plugin::inspect(file, binding.load_options(false, true));
    all_good = all_good && !report.refused();
    if (as_json) {
      all.push_back(json_of(report));
    } else {
      std::fputs(text_of(report).c_str(), stdout);
    }
  }
  if (as_json) {
    const Json& shown = all.size() == 1 ? all.front() : all;
    std::puts(shown.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  }
  return all_good ? kSucceeded : kNothingRun;
}

}  // namespace forkmap::host
