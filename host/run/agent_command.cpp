// SPDX-License-Identifier: Apache-2.0
#include "host/run/agent_command.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <forkmap/registry.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/failing_writes.hpp"
#include "core/node/agent.hpp"
#include "host/cli/diagnostics.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/option_values.hpp"
#include "host/journal/code_facts.hpp"
#include "host/nodes/coordinator_link.hpp"
#include "host/nodes/node_plan.hpp"
#include "host/nodes/received_plugins.hpp"
#include "host/options/launcher.hpp"
#include "host/run/function_choice.hpp"
#include "host/run/pool_run.hpp"
#include "host/run/thread_count.hpp"

namespace forkmap::host {

namespace {

constexpr const char* kUsage =
    "usage: forkmap agent WORKERS OPTION... FUNCTION\n\n"
    "Takes part in a run on another machine. forkmap run --nodes starts it through mpirun; it is "
    "of "
    "no\n"
    "use alone. WORKERS are the numbers of workers of all ranks from 1, with commas between (0: "
    "as\n"
    "many as there are usable cores); the rest are the words of the run.\n";

// What stands at the place of this rank; 0 if nothing was said.
int workers_of_rank(const std::string& list) {
  const auto task = started_task(environment_variable);
  if (!task || task->rank == 0) {
    throw UsageError("forkmap agent is started by mpirun, for forkmap run --nodes");
  }
  std::string_view rest = list;
  for (std::uint64_t rank = 1; rank < task->rank; ++rank) {
    const std::size_t comma = rest.find(',');
    if (comma == std::string_view::npos) return 0;
    rest.remove_prefix(comma + 1);
  }
  return static_cast<int>(
      whole_number("forkmap agent", rest.substr(0, rest.find(',')), 0, kMostWorkers));
}

std::string serve(const RunOptions& options, CoordinatorLink& link, Diagnostics& diagnostics) {
  // The coordinator has settled them, and has told mpirun.
  static_cast<void>(settle_threads(options.threads, {}, diagnostics));
  Registry registry;
  FunctionChoice choice(registry, options, diagnostics);
  std::optional<ReceivedPlugins> received;
  if (options.nodes.ship_plugins) {
    received.emplace(link, choice.words());
    choice.take_files(received->files());
  }
  choice.build_sources();
  choice.load();
  if (!choice.has_late_plugins()) static_cast<void>(choice.resolve());
  PoolOptions pool = pool_options(options, diagnostics);
  // The terminal, or file, is the coordinator's.
  if (pool.worker_output == WorkerOutput::standard_error) {
    pool.worker_output = WorkerOutput::forward;
  }
  node::Agent agent(
      registry.table(), std::move(pool),
      [&] {
        choice.load_late();
        if (received) received->remove();
        PluginFingerprint print =
            fingerprint_of(choice.resolve(), registry.table(), choice.files_before());
        return node::Agent::CoordinatorEnd{link.give(),
                                           {std::move(print.code), std::move(print.machine)}};
      },
      own_host_name());
  return agent.run();
}

}  // namespace

int agent_command(Arguments arguments) {
  if (arguments.empty() || arguments.front() == "--help" || arguments.front() == "-h") {
    std::fputs(kUsage, stdout);
    return arguments.empty() ? kNothingRun : kSucceeded;
  }
  const int workers = workers_of_rank(arguments.front());
  std::optional<RunOptions> options;
  try {
    options = parse_run_options(arguments.subspan(1));
  } catch (const UsageError& error) {
    // Another forkmap than the coordinator's, say.
    CoordinatorLink link({});
    link.refuse(error.what());
    link.end();
    throw;
  }
  if (!options) return kSucceeded;
  if (workers > 0) options->workers = workers;
  return run_agent(*options);
}

int run_agent(const RunOptions& options) {
  base::let_writes_fail(SIGPIPE);
  Diagnostics diagnostics;
  CoordinatorLink link(options.nodes.courier);
  std::string why;
  try {
    why = serve(options, link, diagnostics);
  } catch (const std::exception& error) {
    why = error.what();
    if (!link.is_given()) link.refuse(why);
  }
  link.end();
  if (why.empty()) return kSucceeded;
  diagnostics.say("this agent has left: " + why);
  return kCannotGoOn;
}

}  // namespace forkmap::host
