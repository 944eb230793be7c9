// SPDX-License-Identifier: Apache-2.0
#include "host/journal/header.hpp"

#include <limits>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "core/types/quoted_text.hpp"
#include "host/cli/option_values.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();
constexpr std::uint64_t kMostItems = std::numeric_limits<std::int64_t>::max();

const char* no_variables(const char*) { return nullptr; }

std::string shown(const JournalFacts& header, const std::string& name) {
  const auto found = header.find(name);
  return found == header.end() ? "not given" : found->second;
}

void add_input(const RunOptions& options, JournalFacts& header) {
  header["items"] = !options.journal.retry_failures.empty() ? "failures"
                    : options.is_sweep                      ? "sweep"
                    : options.items_from_arguments          ? "arguments"
                                                            : "lines";
  if (options.delimiter != '\t') {
    header["--delimiter"] = types::quoted(delimiter_text(options.delimiter));
  }
  if (options.nul) header["--null"] = "given";
  if (options.sharding.shard.count > 1) {
    header["--shard"] = std::to_string(options.sharding.shard.index) + "/" +
                        std::to_string(options.sharding.shard.count);
  }
  if (options.first_item != 1) header["--first-item"] = std::to_string(options.first_item);
}

void add_results(const RunOptions& options, JournalFacts& header) {
  if (!options.ordered) header["--unordered"] = "given";
  if (options.reduction != Reduction::none) header["--reduce"] = name_of(options.reduction);
  if (options.tag) header["--tag"] = "given";
  if (options.fill) header["--fill"] = types::quoted(*options.fill, kWhole);
  if (options.format == Format::jsonl) header["--format"] = "jsonl";
}

// Throws UsageError, std::invalid_argument.
RecordedForm read_form(const JournalFacts& run) {
  const auto has = [&run](const char* name) { return run.contains(name); };
  RecordedForm form;
  if (has("--shard")) form.shard = choose_shard(run.at("--shard"), no_variables).shard;
  if (has("--first-item")) {
    form.first_item = whole_number("--first-item", run.at("--first-item"), 1, kMostItems);
  }
  form.are_failures = shown(run, "items") == "failures";
  form.nul = has("--null");
  form.ordered = !has("--unordered");
  form.fills = has("--fill");
  if (has("--reduce")) form.reduction = reduction_named("--reduce", run.at("--reduce"));
  form.format = has("--format") ? Format::jsonl : Format::lines;
  const std::string& function = run.at("function");
  form.signature =
      types::parse_signature(std::string_view(function).substr(function.find(" (") + 1));
  return form;
}

}  // namespace

std::optional<RecordedForm> recorded_form(const JournalFacts& run) {
  try {
    return read_form(run);
  } catch (const std::logic_error&) {  // of the standard library, for what is not there or no type
    return std::nullopt;
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

JournalHeader header_of(const RunOptions& options, const plugin::FunctionEntry& function,
                        const JournalFacts& code, JournalFacts machine) {
  JournalFacts header = code;
  header["function"] = function.full_name + " " + types::to_text(function.signature);
  if (const auto* const plugin = function.plugin) {
    header["plugin"] = plugin->name + " " + plugin->version;
  }
  for (const auto& [key, value] : options.parameters) {
    header["parameter " + key] = types::quoted(value, kWhole);
  }
  if (const std::string text = options.binding.bind_text(); !text.empty()) header["--bind"] = text;
  for (const std::string& library : options.binding.global) header["--global " + library] = "given";
  if (options.seed != 0) header["--seed"] = std::to_string(options.seed);
  add_input(options, header);
  add_results(options, header);
  return {std::move(header), std::move(machine)};
}

std::vector<std::string> differences(const JournalFacts& before, const JournalFacts& now) {
  JournalFacts all = before;
  all.insert(now.begin(), now.end());
  std::vector<std::string> found;
  for (const auto& [name, value] : all) {
    const std::string then = shown(before, name);
    const std::string here = shown(now, name);
    if (then == here) continue;
    std::string& text = found.emplace_back(name);
    text.append(" was ").append(then).append(" and is ").append(here);
  }
  return found;
}

}  // namespace forkmap::host
