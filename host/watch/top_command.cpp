// SPDX-License-Identifier: Apache-2.0
#include "host/watch/top_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <forkmap/error.hpp>

#include "core/base/printable_text.hpp"
#include "host/cli/command_line.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/option_values.hpp"
#include "host/text/duration.hpp"
#include "host/watch/client.hpp"
#include "host/watch/status_table.hpp"
#include "host/watch/top_session.hpp"

namespace forkmap::host {

namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 5s;
constexpr auto kStartPatience = 30s;  // with a run that starts, as long as its workers may take
constexpr auto kBirthPatience = 1s;   // with a process that may become one
constexpr auto kLookInterval = 10ms;

struct TopOptions {
  std::optional<pid_t> pid;
  std::chrono::nanoseconds interval = 1s;
  int workers = 0;      // 0: as many as there are
  std::string machine;  // whose workers are shown; empty: all
  bool once = false;
  bool as_json = false;
};

HelpText top_help() {
  return {
      .usage = "forkmap top [PID]",
      .description =
          "Shows a run that goes on: what is done, how fast, its other machines, and each worker "
          "with\n"
          "its item. PID is that of the run's first process; without it, the only run of this user "
          "is\n"
          "shown, or all are listed. On a terminal the table is drawn anew every second until the "
          "run\n"
          "ends: q quits, + and - change the number of workers. Elsewhere it is printed once.",
      .examples =
          "Examples\n"
          "  forkmap top\n"
          "  forkmap top 4711 --workers 3          from now on; items that run are finished\n"
          "  forkmap top 4711 --json | jq .items\n"
          "\n"
          "Exit status: 0; 2 if there is no such run; 3 if it does not answer, or refuses.",
  };
}

std::chrono::nanoseconds interval_of(const std::string& text) {
  const auto interval = parse_duration(text);
  if (interval && *interval >= 50ms && *interval <= 1h) return *interval;
  throw UsageError("--interval: invalid time \"" + text + "\": expected 50ms to 1h");
}

void add_options(CommandLine& line, TopOptions& options) {
  line.flag("--once", "Print one table, also on a terminal", options.once);
  line.flag("--json", "Print the status once, as the run gives it: one line", options.as_json);
  line.number("--workers", "Change how many workers the run has on its own machine", 1,
              kMostStatusWorkers,
              [&options](std::uint64_t count) { options.workers = static_cast<int>(count); });
  line.value("--node", "NAME", "Show the workers of one machine: a node, or \"here\"",
             [&options](const std::string& name) { options.machine = name; });
  line.value("--interval", "T", "Time from one drawing to the next; 1s if not given",
             [&options](const std::string& text) { options.interval = interval_of(text); });
}

// What a run says, which must be sound. Throws Error.
std::string answer_of(const StatusName& run, const std::string& request) {
  StatusClient client(run);
  const auto answer = client.ask(request, kPatience);
  if (answer) return *answer;
  const std::string name = "run " + std::to_string(run.pid);
  throw Error(name + (is_stopped(run.pid) ? " is stopped, so it does not answer"
                                          : " has not answered within 5 s, or has just ended"));
}

RunStatus status_of(const StatusName& run, const std::string& line) {
  StatusAnswer answer = read_answer(line);
  if (!answer.fault.empty()) {
    throw Error("run " + std::to_string(run.pid) + ": " + answer.fault);
  }
  return std::move(answer.status);
}

// Names that anybody may have taken are left out, and so is a run that has just ended.
void leave_out_strangers(std::vector<StatusName>& runs) {
  std::erase_if(runs, [](const StatusName& run) { return !StatusClient(run).is_connected(); });
}

// A run opens its socket after its workers have started, and the user may ask before that.
std::vector<StatusName> runs_of(const TopOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  for (;;) {
    std::vector<StatusName> runs = visible_runs(options.pid);
    leave_out_strangers(runs);
    if (!runs.empty() || !options.pid) return runs;
    const auto waited = std::chrono::steady_clock::now() - begin;
    const Prospect prospect = prospect_of(*options.pid);
    if (prospect == Prospect::none || waited > kStartPatience) return runs;
    if (prospect == Prospect::unknown && waited > kBirthPatience) return runs;
    std::this_thread::sleep_for(kLookInterval);
  }
}

void list_runs(const std::vector<StatusName>& runs) {
  std::vector<RunStatus> statuses;
  std::string silent;
  for (const StatusName& run : runs) {
    try {
      statuses.push_back(status_of(run, answer_of(run, status_request())));
    } catch (const Error& error) {
      silent += base::printable_lines(error.what()) + "\n";
    }
  }
  std::fputs((table_of_runs(statuses) + silent).c_str(), stdout);
}

int show_once(const StatusName& run, const TopOptions& options) {
  const std::string line =
      answer_of(run, options.workers > 0 ? resize_request(options.workers) : status_request());
  const RunStatus status = status_of(run, line);
  if (options.as_json) {
    std::puts(line.c_str());
  } else if (options.workers > 0) {
    std::printf("run %d goes on with %d %s\n", static_cast<int>(run.pid), status.workers_wanted,
                status.workers_wanted == 1 ? "worker" : "workers");
  } else {
    if (!options.machine.empty() && !has_machine(status, options.machine)) {
      throw UsageError("--node: the run has no machine \"" + options.machine + "\"");
    }
    for (const std::string& each : status_lines(status, options.machine)) std::puts(each.c_str());
  }
  return kSucceeded;
}

pid_t pid_of(const std::string& word) {
  return static_cast<pid_t>(whole_number("PID", word, 1, INT32_MAX));
}

}  // namespace

int top_command(Arguments arguments) {
  CommandLine command_line(top_help());
  TopOptions options;
  add_options(command_line, options);
  const auto line = command_line.read(arguments);
  if (!line) return kSucceeded;
  if (line->words.size() > 1) throw UsageError("top: more than one PID was given");
  if (!line->words.empty()) options.pid = pid_of(line->words.front());
  const std::vector<StatusName> runs = runs_of(options);
  if (runs.empty()) {
    throw UsageError(options.pid ? "there is no run of process " + std::to_string(*options.pid) +
                                       " with a status socket that this user may use"
                                 : "there is no run of this user with a status socket");
  }
  if (runs.size() > 1) {
    if (options.workers > 0 || options.as_json) {
      throw UsageError("there are " + std::to_string(runs.size()) +
                       " runs of this user; name one by its PID");
    }
    list_runs(runs);
    return kSucceeded;
  }
  const bool is_live =
      !options.once && !options.as_json && options.workers == 0 && ::isatty(STDOUT_FILENO) == 1;
  return is_live ? show_live(runs.front(), options.interval, options.machine)
                 : show_once(runs.front(), options);
}

}  // namespace forkmap::host
