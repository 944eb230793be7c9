// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/failing_writes.hpp"
#include "core/base/signal_names.hpp"
#include "core/pool/orphans.hpp"
#include "host/code_facts.hpp"
#include "host/command.hpp"
#include "host/dry_run.hpp"
#include "host/exit_codes.hpp"
#include "host/foreign_code.hpp"
#include "host/function_choice.hpp"
#include "host/pool_run.hpp"
#include "host/run_account.hpp"
#include "host/run_files.hpp"
#include "host/run_job.hpp"
#include "host/run_options.hpp"
#include "host/serial_run.hpp"
#include "host/standard_descriptors.hpp"
#include "host/thread_count.hpp"
#include "host/usage_error.hpp"

namespace forkmap::host {

namespace {

int dry_run(const RunOptions& options, const Registry& registry, const FunctionChoice& choice,
            int output_fd) {
  const bool known = !choice.has_late_plugins();
  ResultWriter writer(output_fd);
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
                                 const FunctionChoice& choice, RunMeans means,
                                 Diagnostics& diagnostics) {
  const plugin::FunctionEntry& function = choice.resolve();
  tell_of_idle_cores(options, means.threads, diagnostics);
  if (!options.journal.output.empty()) {
    means.journal = std::make_unique<OutputJournal>(
        options, journal_header(options, registry.table(), choice, means.threads), diagnostics);
  }
  return std::make_unique<RunJob>(options, function, std::move(means), diagnostics);
}

RunEnd serial_run(const RunOptions& options, Registry& registry, FunctionChoice& choice,
                  RunMeans means, Diagnostics& diagnostics, ForeignCode& foreign_code) {
  foreign_code.begin("the loading of a plugin");
  choice.load_late();
  foreign_code.end();
  const std::unique_ptr<RunJob> job =
      make_job(options, registry, choice, std::move(means), diagnostics);
  if (job->has_nothing_left()) return {.status = job->earlier_status()};
  return {.status = run_serially(registry, *job, foreign_code)};
}

// Before this, and afterwards while the pool goes, an interrupt ends the process; its workers go
// with it.
RunEnd run_watched(pool::Engine& engine, RunJob& job) {
  SignalWatch signals;
  try {
    return run_in_pool(engine, signals, job);
  } catch (...) {
    engine.kill();
    throw;
  }
}

RunEnd pool_run(const RunOptions& options, Registry& registry, FunctionChoice& choice,
                RunMeans means, Diagnostics& diagnostics) {
  RunAccount* const account = means.account;
  std::unique_ptr<RunJob> job;
  const bool loads_late = choice.has_late_plugins();
  const auto make = [&] {
    return make_job(options, registry, choice, std::move(means), diagnostics);
  };
  // Whatever can be known before the fork is checked before it.
  if (!loads_late) job = make();
  if (job && job->has_nothing_left()) return {.status = job->earlier_status()};
  PoolOptions pool = pool_options(options, diagnostics);
  if (!options.crashes.folder.empty()) {
    pool.crashed = [&job](const CrashReport& report) { job->take_crash(report); };
  }
  pool::Orphans orphans;
  std::optional<pool::Engine> engine;
  engine.emplace(registry.table(), std::move(pool), account, &orphans);
  if (loads_late) {
    choice.load_late();
    job = make();
    if (job->has_nothing_left()) return {.status = job->earlier_status()};
  }
  const RunEnd end = run_watched(*engine, *job);
  const auto parameters = engine->parameters();
  engine.reset();  // stop hooks have run, and may have asked
  if (end.signal == 0) job->tell_unasked(*parameters);
  return end;
}

// How the run ended, into its account; the exit status that it has then.
int close(RunAccount* account, const RunEnding& ending) {
  return account == nullptr ? ending.exit_status : account->close(ending);
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
  files_of(*options).check();
  const base::UniqueFd output = keep_standard_output_for_results();
  rename_standard_output(*options, output.get());
  Diagnostics diagnostics;
  JournalFacts threads = settle_threads(*options, diagnostics);
  Registry registry;
  FunctionChoice choice(registry, *options, diagnostics);
  // Serially nothing is probed, and constructors run here for the first time.
  std::optional<ForeignCode> foreign_code;
  if (options->serial) foreign_code.emplace(kCannotGoOn).begin("the loading of a plugin");
  choice.load();
  if (foreign_code) foreign_code->end();
  if (!choice.has_late_plugins()) static_cast<void>(choice.resolve());
  RunMeans means = prepare_means(*options, output.get());
  means.threads = std::move(threads);
  std::unique_ptr<RunAccount> account;
  try {
    if (options->dry_run) return dry_run(*options, registry, choice, output.get());
    account = RunAccount::of(*options, diagnostics);
    means.account = account.get();
    const RunEnd end =
        options->serial
            ? serial_run(*options, registry, choice, std::move(means), diagnostics, *foreign_code)
            : pool_run(*options, registry, choice, std::move(means), diagnostics);
    const int status = close(account.get(), ending_of(end));
    if (end.signal != 0) end_by(end.signal);
    return status;
  } catch (const ClosedPipe&) {
    return close(account.get(), {"closed", "the reader of standard output is gone", kClosedPipe});
  } catch (const UsageError&) {  // nothing was run
    throw;
  } catch (const std::exception& error) {
    (void)close(account.get(), {"broken", error.what(), kCannotGoOn});
    throw;
  }
}

}  // namespace forkmap::host
