// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/nodes.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/base/executable_path.hpp"
#include "core/node/offers.hpp"
#include "core/node/remote_site.hpp"
#include "host/cli/usage_error.hpp"
#include "host/nodes/courier_file.hpp"
#include "host/nodes/mpirun_words.hpp"
#include "host/nodes/told_nodes.hpp"

namespace forkmap::host {

namespace {

using namespace std::chrono_literals;

// Where all is well the programs end at once; mpirun does not where a node was cut off.
constexpr auto kEndPatience = 3000ms;
constexpr auto kEndPatienceAfterLoss = 200ms;
// Loading and `preload` hooks may take their time.
constexpr std::chrono::nanoseconds kLeastStart = 10min;

// Those that the plugins may look at, too, are the user's to choose; these are ours.
std::vector<std::string> exported(const std::vector<std::string>& variables) {
  std::vector<std::string> names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    const bool is_ours = name.starts_with("FORKMAP_") && name != "FORKMAP_COURIER_NONCE";
    if (is_ours || name == "LD_LIBRARY_PATH" ||
        std::ranges::find(variables, name) != variables.end()) {
      names.emplace_back(name);
    }
  }
  return names;
}

// The options, but for those that are this process's alone, and the function. Agents are ranks of
// an mpirun.
std::vector<std::string> words_for_agents(const RunOptions& options) {
  std::vector<std::string> words = {"--nodes", "mpi"};
  const std::vector<std::string>& given = options.option_words;
  for (std::size_t place = 0; place < given.size(); ++place) {
    if (given[place] == "--nodes" || given[place] == "--shard") {
      ++place;  // its value
    } else if (given[place] != "--leave-out-stale") {
      words.push_back(given[place]);
    }
  }
  if (options.expression.empty()) words.push_back(options.function);
  return words;
}

// Empty if it was removed.
std::string current_folder() {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::current_path(error);
  return error ? std::string() : folder.string();
}

std::string joined(const std::vector<NodeWish>& nodes) {
  std::string text;
  for (const NodeWish& node : nodes) {
    text += (text.empty() ? "" : ",") + std::to_string(node.workers);
  }
  return text;
}

// Why a node would give other results.
std::vector<std::string> faults_of(const node::Hello& hello, const Nodes::Here& here) {
  std::vector<std::string> faults = node::differences(hello, here.table, here.options);
  if (!faults.empty() || here.facts.code.empty()) return faults;
  return node::differences(hello.facts.code, here.facts.code);
}

std::string lines_about(const std::string& name, const std::vector<std::string>& texts) {
  std::string lines;
  for (const std::string& text : texts)
    lines.append("node ").append(name).append(": ").append(text) += '\n';
  return lines;
}

}  // namespace

Nodes::Nodes(const RunOptions& options, const NodePlan& plan,
             const std::vector<std::string>& variables, std::vector<NamedPlugin> plugins,
             Diagnostics& diagnostics)
    : options_(options), diagnostics_(diagnostics) {
  start(plan, variables);
  std::optional<PluginStock> stock;
  if (options.nodes.ship_plugins) stock.emplace(std::move(plugins));
  std::vector<std::string> names = node_names(plan);
  const auto patience = std::max(kLeastStart, options.nodes.timeout);
  mustered_ = Muster(door_, *program_, std::move(names), stock ? &*stock : nullptr,
                     [&diagnostics](const std::string& text) { diagnostics.say(text); })
                  .run(Muster::Clock::now() + patience);
  tell_of_sent();
}

void Nodes::start(const NodePlan& plan, const std::vector<std::string>& variables) {
  const std::string courier = courier_file(options_.nodes.courier);
  std::vector<std::string> command = {courier, "--connect", door_.name()};
  if (options_.nodes.source != NodeOptions::Source::mpi) {
    std::vector<std::string> nodes;
    nodes.reserve(plan.others.size());
    for (const NodeWish& wish : plan.others) nodes.push_back(wish.name);
    command = mpirun_words({.here = plan.here,
                            .courier = courier,
                            .door = door_.name(),
                            .program = base::executable_path(),
                            .folder = current_folder(),
                            .nodes = std::move(nodes),
                            .workers = joined(plan.others),
                            .words = words_for_agents(options_),
                            .variables = exported(variables)});
  }
  try {
    const bool is_mpirun = options_.nodes.source != NodeOptions::Source::mpi;
    program_.emplace(
        std::move(command), std::vector<std::string>{"FORKMAP_COURIER_NONCE=" + door_.nonce()},
        is_mpirun ? StartedProgram::AfterUs::is_ended : StartedProgram::AfterUs::ends_itself);
  } catch (const SystemError& error) {
    throw UsageError("--nodes: " + std::string(error.what()) +
                     "; Open MPI starts and connects the machines (package openmpi-bin)");
  }
}

void Nodes::tell_of_sent() const {
  std::map<std::string, std::string> nodes_by_word;
  for (const MusteredNode& node : mustered_) {
    for (const std::string& word : node.sent) {
      std::string& names = nodes_by_word[word];
      names.append(names.empty() ? "" : ", ") += node.name;
    }
  }
  for (const auto& [word, names] : nodes_by_word) {
    std::string text = "plugin ";
    text.append(word).append(" was sent to ").append(names);
    diagnostics_.say(text);
  }
}

void Nodes::compare(const Here& here) {
  std::string text;
  std::size_t unfit = 0;
  bool lacks_files = false;
  const std::size_t all = mustered_.size();
  std::erase_if(mustered_, [&](const MusteredNode& node) {
    const std::vector<std::string> faults =
        node.hello ? faults_of(*node.hello, here) : std::vector<std::string>{node.failure};
    if (faults.empty()) return false;
    text += lines_about(node.name, faults);
    lacks_files = lacks_files || node.hello || node.failure.starts_with("cannot load plugin");
    ++unfit;
    return true;
  });
  const std::string sum = std::to_string(unfit) + " of " + std::to_string(all) + " nodes ";
  if (unfit > 0 && !options_.nodes.leave_out_stale) {
    std::string what = "cannot take part; nothing was run. Mend that";
    if (lacks_files) {
      what = "would run other code; nothing was run. Copy the files there";
      if (!options_.nodes.ship_plugins) what += ", or send them (--ship-plugins)";
    }
    const std::string rest =
        all == unfit
            ? ""
            : ", or go on with the other " + std::to_string(all - unfit) + " (--leave-out-stale)";
    throw UsageError(text + sum + what + rest);
  }
  if (unfit > 0) diagnostics_.say(text + sum + "were left out (--leave-out-stale)");
  for (const MusteredNode& node : mustered_) {
    names_.push_back(node.name);
    hellos_.push_back(*node.hello);
  }
  if (!here.facts.code.empty()) tell_of_machines(here);
}

void Nodes::compare_late(const Here& here) const {
  std::string text;
  for (std::size_t place = 0; place < names_.size(); ++place) {
    text += lines_about(names_[place], faults_of(hellos_[place], here));
  }
  if (!text.empty()) throw UsageError(text + "nothing was run");
  tell_of_machines(here);
}

// Other libraries of the system, another processor: results may differ in their last digits.
void Nodes::tell_of_machines(const Here& here) const {
  std::string text;
  for (std::size_t place = 0; place < names_.size(); ++place) {
    text += lines_about(names_[place],
                        node::differences(hellos_[place].facts.machine, here.facts.machine));
  }
  if (!text.empty()) diagnostics_.say("results of these may differ in their last digits:\n" + text);
}

pool::MakeSites Nodes::sites() {
  if (mustered_.empty()) return {};
  return [this](const pool::SiteMeans& means) {
    std::vector<node::NodeEntry> entries;
    entries.reserve(mustered_.size());
    for (MusteredNode& node : mustered_) {
      entries.push_back({node.name, std::move(node.socket), std::move(node.hello)});
    }
    mustered_.clear();
    node::RemoteRules rules;
    rules.node_timeout = options_.nodes.timeout;
    rules.suspect_after =
        std::min<std::chrono::nanoseconds>(rules.suspect_after, options_.nodes.timeout / 2);
    rules.notice = [this](std::string_view text) {
      has_loss_ = true;
      diagnostics_.say(text);
    };
    rules.printed = [this](std::string_view, std::string_view bytes) {
      diagnostics_.forward(bytes);
    };
    rules.printed_line = [this](std::string_view node, int worker, pid_t pid,
                                std::string_view line) {
      diagnostics_.print("[" + std::string(node) + " w" + std::to_string(worker) + " " +
                         std::to_string(pid) + "] " + std::string(line) + "\n");
    };
    rules.crashed = means.options.crashed;
    auto site =
        std::make_unique<node::RemoteSite>(means.table, means.options, means.ledger, means.events,
                                           std::move(entries), std::move(rules));
    site_ = site.get();
    std::vector<std::unique_ptr<pool::Site>> sites;
    sites.push_back(std::move(site));
    return sites;
  };
}

AllNodesFacts Nodes::facts() const {
  return site_ == nullptr ? AllNodesFacts{} : facts_of(*site_, std::chrono::steady_clock::now());
}

void Nodes::end() {
  site_ = nullptr;
  program_->end(has_loss_ ? kEndPatienceAfterLoss : kEndPatience);
}

}  // namespace forkmap::host
