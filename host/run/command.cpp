// SPDX-License-Identifier: Apache-2.0
#include "host/run/command.hpp"

#include <unistd.h>

#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/failing_writes.hpp"
#include "core/base/signal_names.hpp"
#include "core/pool/orphans.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/standard_descriptors.hpp"
#include "host/cli/standard_error.hpp"
#include "host/cli/usage_error.hpp"
#include "host/foreign/code_watch.hpp"
#include "host/journal/code_facts.hpp"
#include "host/nodes/nodes.hpp"
#include "host/nodes/waiting_ranks.hpp"
#include "host/options/run_options.hpp"
#include "host/report/run_recorder.hpp"
#include "host/run/agent_command.hpp"
#include "host/run/copies.hpp"
#include "host/run/dry_run.hpp"
#include "host/run/files.hpp"
#include "host/run/function_choice.hpp"
#include "host/run/job.hpp"
#include "host/run/pool_run.hpp"
#include "host/run/serial_run.hpp"
#include "host/run/thread_count.hpp"

namespace forkmap::host {

namespace {

int dry_run(const RunOptions& options, const Registry& registry, const FunctionChoice& choice,
            int output_fd) {
  const bool known = !choice.has_late_plugins();
  OutputStream writer(output_fd);
  writer.write(describe_run(options, registry.table(), known ? &choice.resolve() : nullptr));
  writer.flush_all();
  return kSucceeded;
}

JournalHeader journal_header(const RunOptions& options, const plugin::RegistryTable& table,
                             const FunctionChoice& choice, const JournalFacts& threads) {
  const plugin::FunctionEntry& function = choice.resolve();
  PluginFingerprint print = fingerprint_of(function, table, choice.files_before());
  print.machine.insert(threads.begin(), threads.end());
  return header_of(options, function, print.code, std::move(print.machine));
}

std::unique_ptr<RunJob> make_job(const RunOptions& options, const Registry& registry,
                                 const FunctionChoice& choice, RunInputs inputs,
                                 Diagnostics& diagnostics) {
  const plugin::FunctionEntry& function = choice.resolve();
  tell_of_idle_cores(options.threads, options.serial ? 1 : options.workers, inputs.threads,
                     diagnostics);
  if (!options.journal.output.empty()) {
    inputs.journal = std::make_unique<OutputJournal>(
        options.journal, options.failures, options.progress,
        journal_header(options, registry.table(), choice, inputs.threads), diagnostics);
  }
  return std::make_unique<RunJob>(options, function, std::move(inputs), diagnostics);
}

RunEnd serial_run(const RunOptions& options, Registry& registry, FunctionChoice& choice,
                  RunInputs inputs, Diagnostics& diagnostics, CodeWatch& foreign_code) {
  foreign_code.begin("the loading of a plugin");
  choice.load_late();
  foreign_code.end();
  const std::unique_ptr<RunJob> job =
      make_job(options, registry, choice, std::move(inputs), diagnostics);
  if (job->has_nothing_left()) return {.status = job->earlier_status()};
  return {.status = run_serially(registry, *job, foreign_code)};
}

// Before this, and afterwards while the pool goes, an interrupt ends the process; its workers go
// with it.
RunEnd run_watched(pool::Engine& engine, RunJob& job, const LookAtNodes& look_at_nodes) {
  SignalWatch signals;
  try {
    return run_in_pool(engine, signals, job, look_at_nodes);
  } catch (...) {
    engine.kill();
    throw;
  }
}

std::vector<std::string> names_of(const JournalFacts& facts) {
  std::vector<std::string> names;
  for (const auto& fact : facts) names.push_back(fact.first);
  return names;
}

node::CodeFacts facts_of(const plugin::RegistryTable& table, const FunctionChoice& choice) {
  PluginFingerprint print = fingerprint_of(choice.resolve(), table, choice.files_before());
  return {std::move(print.code), std::move(print.machine)};
}

// With the ranks of mpirun, those beside this one.
bool has_other_nodes(const NodeOptions& options, const NodePlan& plan) {
  if (options.source != NodeOptions::Source::mpi) return !plan.others.empty();
  const auto task = started_task(environment_variable);
  return task && task->count > 1;
}

RunEnd pool_run(const RunOptions& options, Registry& registry, FunctionChoice& choice,
                RunInputs inputs, WaitingRanks& ranks, NodeNames& node_names,
                Diagnostics& diagnostics) {
  RunRecorder* const recorder = inputs.recorder;
  const std::vector<std::string> thread_variables = names_of(inputs.threads);
  std::unique_ptr<RunJob> job;
  const bool loads_late = choice.has_late_plugins();
  const auto make = [&] {
    return make_job(options, registry, choice, std::move(inputs), diagnostics);
  };
  // Whatever can be known before the fork is checked before it.
  if (!loads_late) job = make();
  if (job && job->has_nothing_left()) return {.status = job->earlier_status()};
  PoolOptions pool = pool_options(options, diagnostics);
  if (!options.crashes.folder.empty()) {
    pool.crashed = [&job](const CrashReport& report) { job->take_crash(report); };
  }
  const NodePlan plan = plan_nodes(options.nodes, environment_variable, own_host_name());
  // As on the other machines, what was said of this one wins over -j.
  if (plan.own_workers > 0) pool.workers = plan.own_workers;
  std::optional<Nodes> nodes;
  if (has_other_nodes(options.nodes, plan)) {
    ranks.give_away();
    nodes.emplace(options, plan, thread_variables,
                  options.nodes.ship_plugins ? choice.named_plugins() : std::vector<NamedPlugin>(),
                  diagnostics);
    nodes->compare({registry.table(), pool,
                    loads_late ? node::CodeFacts() : facts_of(registry.table(), choice)});
    node_names.set(nodes->names());
  }
  pool::Orphans orphans;
  std::optional<pool::Engine> engine;
  engine.emplace(registry.table(), std::move(pool), recorder, &orphans,
                 nodes ? nodes->sites() : pool::MakeSites());
  if (loads_late) {
    choice.load_late();
    if (nodes) {
      nodes->compare_late(
          {registry.table(), engine->options(), facts_of(registry.table(), choice)});
    }
    job = make();
    if (job->has_nothing_left()) return {.status = job->earlier_status()};
  }
  const RunEnd end = run_watched(
      *engine, *job, nodes ? LookAtNodes([&nodes] { return nodes->facts(); }) : LookAtNodes());
  const auto parameters = engine->parameters();
  engine.reset();  // stop hooks have run, and may have asked
  if (nodes) nodes->end();
  // What was asked for on other machines is not known here.
  if (end.signal == 0 && !nodes) job->tell_unasked(*parameters);
  return end;
}

// How the run ended, into its record; the exit status that it has then.
int close(RunRecorder* recorder, const RunEnding& ending) {
  return recorder == nullptr ? ending.exit_status : recorder->close(ending);
}

RunEnding ending_of(const RunEnd& end) {
  if (end.signal != 0) {
    return {"interrupted", base::signal_name(end.signal), kSignalBase + end.signal};
  }
  return {end.is_halted ? "halted" : "finished", "", end.status};
}

}  // namespace

int run_command(Arguments arguments) {
  auto options = parse_run_options(arguments);
  if (!options) return kSucceeded;
  base::let_writes_fail(SIGPIPE);
  if (!options->serial) hold_status_signal();
  Diagnostics diagnostics;
  if (is_agent_of_ranks(*options, environment_variable)) return run_agent(*options);
  WaitingRanks ranks(options->nodes.courier, options->nodes.source == NodeOptions::Source::mpi &&
                                                 has_other_nodes(options->nodes, {}));
  check_copies(*options, environment_variable, diagnostics);
  files_of(*options).check();
  // Before standard output becomes another name of it.
  std::optional<BlockingDescriptor> errors;
  if (options->serial) errors.emplace(STDERR_FILENO);
  const ResultsDescriptor output;
  rename_standard_output(*options, output.get());
  JournalFacts threads = settle_threads(options->threads, options->journal, diagnostics);
  Registry registry;
  FunctionChoice choice(registry, *options, diagnostics);
  // Serially nothing is probed, and constructors run here for the first time.
  std::optional<CodeWatch> foreign_code;
  if (options->serial) foreign_code.emplace(kCannotGoOn).begin("the loading of a plugin");
  choice.build_sources();
  choice.load();
  if (foreign_code) foreign_code->end();
  if (!choice.has_late_plugins()) static_cast<void>(choice.resolve());
  RunInputs inputs = prepare_inputs(*options, output.get());
  inputs.threads = std::move(threads);
  const auto node_names = std::make_shared<NodeNames>();
  inputs.node_names = node_names;
  std::unique_ptr<RunRecorder> recorder;
  try {
    if (options->dry_run) return dry_run(*options, registry, choice, output.get());
    recorder = RunRecorder::of(*options, diagnostics, node_names);
    inputs.recorder = recorder.get();
    const RunEnd end = options->serial ? serial_run(*options, registry, choice, std::move(inputs),
                                                    diagnostics, *foreign_code)
                                       : pool_run(*options, registry, choice, std::move(inputs),
                                                  ranks, *node_names, diagnostics);
    const int status = close(recorder.get(), ending_of(end));
    if (end.signal != 0) end_by(end.signal);
    return status;
  } catch (const ClosedPipe&) {
    return close(recorder.get(), {"closed", "the reader of standard output is gone", kClosedPipe});
  } catch (const UsageError&) {  // nothing was run
    throw;
  } catch (const std::exception& error) {
    (void)close(recorder.get(), {"broken", error.what(), kCannotGoOn});
    throw;
  }
}

}  // namespace forkmap::host
