// SPDX-License-Identifier: Apache-2.0
#include "host/options/run_options.hpp"

#include <limits>

#include "host/cli/command_line.hpp"
#include "host/cli/option_values.hpp"
#include "host/options/run_help.hpp"
#include "host/source/expression.hpp"
#include "host/text/duration.hpp"

namespace forkmap::host {

namespace {

constexpr std::uint64_t kMostThreads = 4096;
constexpr std::uint64_t kMaxCount = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kLeastWindowBytes = std::uint64_t{1} << 20U;  // what a pool makes at least
constexpr std::uint64_t kMostWindowBytes = std::uint64_t{1} << 46U;

class RunCommandLine {
 public:
  RunCommandLine() {
    add_plugin_options();
    add_input_options();
    add_worker_options();
    add_node_options(line_, options.nodes);
    add_limit_options();
    add_result_options();
    add_output_options(line_, options.journal);
    add_crash_options(line_, options.crashes);
    add_seeing_options(line_, options.seeing);
    add_report_options();
    add_status_options(line_, options.status);
  }

  [[nodiscard]] std::optional<SeparatedLine> read(std::span<const std::string> arguments) {
    return line_.read(arguments);
  }

  RunOptions options;

 private:
  void add_plugin_options();
  void add_input_options();
  void add_worker_options();
  void add_limit_options();
  void add_result_options();
  void add_report_options();

  CommandLine line_{run_help()};
};

// A comma list in one value; empty names are mistakes.
void append_list(std::vector<std::string>& names, const std::string& list, const char* option) {
  std::string_view rest = list;
  for (;;) {
    const std::size_t comma = rest.find(',');
    if (rest.substr(0, comma).empty()) {
      throw UsageError(std::string(option) + ": a plugin's name is missing in \"" + list + "\"");
    }
    names.emplace_back(rest.substr(0, comma));
    if (comma == std::string_view::npos) return;
    rest.remove_prefix(comma + 1);
  }
}

void RunCommandLine::add_plugin_options() {
  line_.begin_group("Plugins");
  line_.value(
      "-e,--expression", "TEXT",
      "In place of FUNCTION, an expression of C++: 'x * x + 1' (x y z f64, i j k n i64, s t "
      "str, v w f64[])",
      [this](const std::string& text) {
        if (text.empty()) throw UsageError("-e: the expression is empty");
        options.expression = text;
      });
  line_.values("-p,--plugin", "PLUGIN",
               "Load a plugin: a name, a path, or several with commas between",
               [this](const std::string& text) { append_list(options.plugins, text, "--plugin"); });
  line_.values("--late-plugin", "PLUGIN",
               "Load it after the workers were forked; they lack its functions",
               [this](const std::string& text) {
                 append_list(options.late_plugins, text, "--late-plugin");
               });
  line_.value("--on-stale", "fail|refork",
              "What to do for a function that is newer than the workers",
              [this](const std::string& text) {
                options.on_stale = choice<OnStale>(
                    "--on-stale", text, {{"fail", OnStale::fail}, {"refork", OnStale::refork}});
              });
  line_.flag("--load-in-place",
             "Load the files themselves, not private copies (debuggers, profilers)",
             options.load_in_place);
  add_binding_options(line_, options.binding);
  add_build_options(line_, options.build);
  line_.values("--param", "KEY=VALUE", "A parameter that plugins can ask for",
               [this](const std::string& text) {
                 const auto given = options.parameters.insert(key_and_value("--param", text));
                 if (given.second) return;
                 throw UsageError("--param: " + given.first->first + " was given twice");
               });
  line_.number("--seed", "Seed of the run, for functions that use random numbers", 0,
               std::numeric_limits<std::uint64_t>::max(), [this](std::uint64_t seed) {
                 options.seed = seed;
                 options.seed_given = true;
               });
}

void RunCommandLine::add_input_options() {
  line_.begin_group("Items");
  line_.value("--input", "FILE", "Read items from a file, one a line (-: standard input)",
              [this](const std::string& text) {
                if (text.empty()) throw UsageError("--input: the name is empty");
                options.input = text;
              });
  line_.value(
      "--delimiter", "C|ws",
      "What separates the columns of a line; a TAB if not given; ws: blanks and TABs, any number",
      [this](const std::string& text) { options.delimiter = delimiter_named(text); });
  line_.flag("-0,--null", "Items and results end with NUL instead of newline; nothing is escaped",
             options.nul);
  line_.value("--shard", "K/N|auto",
              "Only the items K, K+N, K+2N, ...; auto: by the job array, srun or mpirun",
              [this](const std::string& text) {
                options.sharding = choose_shard(text, environment_variable);
              });
  line_.number("--first-item", "Number of the first item; 1 if not given", 1, kMaxCount,
               [this](std::uint64_t number) { options.first_item = number; });
}

void RunCommandLine::add_worker_options() {
  line_.begin_group("Workers");
  line_.number("-j,--workers", "How many; as many as there are usable cores if not given", 1,
               kMostWorkers,
               [this](std::uint64_t count) { options.workers = static_cast<int>(count); });
  line_.number("--threads", "Threads of libraries (OpenMP, BLAS) in each worker; 1 if not given", 1,
               kMostThreads,
               [this](std::uint64_t count) { options.threads = static_cast<int>(count); });
  line_.value("--chunk", "N|auto", "Items a task", [this](const std::string& text) {
    options.chunk = text == "auto" ? 0 : whole_number("--chunk", text, 1, kMostChunkItems);
  });
  line_.number("--retries", "Further attempts for an item whose worker died; 1 if not given", 0,
               kMostRetries,
               [this](std::uint64_t count) { options.retries = static_cast<int>(count); });
  line_.flag("--once", "Never run an item again, whatever happened", options.once);
  line_.number("--recycle", "Replace a worker after so many items", 1, kMaxCount,
               [this](std::uint64_t count) { options.recycle = count; });
  line_.number("--window-bytes",
               "Room for the items of a task, or its results; 268435456 (256 MiB) if not given",
               kLeastWindowBytes, kMostWindowBytes,
               [this](std::uint64_t bytes) { options.window_bytes = bytes; });
  line_.value(
      "--grace", "T", "How long running items may take after an interrupt; 10s if not given",
      [this](const std::string& text) {
        const auto grace = parse_duration(text);
        if (!grace)
          throw UsageError("--grace: invalid time \"" + text + "\": expected e.g. 10s or 500ms");
        options.grace = *grace;
      });
  line_.flag("--serial",
             "Run everything in this process: no fork, for debuggers and for comparison",
             options.serial);
}

void RunCommandLine::add_limit_options() {
  line_.begin_group("Limits");
  line_.value("--timeout", "T|P%",
              "Stop an item that runs longer: 5s, 250ms, or 300% of the median of finished items",
              [this](const std::string& text) { set_timeout(options.limits, text); });
  line_.value("--halt", "RULE",
              "now|soon,fail|success|done=N|N%: end early once so many items have failed, ...",
              [this](const std::string& text) { options.limits.halt = parse_halt_rule(text); });
  RunLimits& limits = options.limits;
  line_.value(
      "--memory", "SIZE", "Memory that a worker may ask for beyond what it began with: 500M, 2G",
      [&limits](const std::string& text) { limits.memory_bytes = memory_size("--memory", text); });
  line_.value("--recycle-growth", "SIZE", "Replace a worker whose memory has grown by so much",
              [&limits](const std::string& text) {
                limits.recycle_growth_bytes = memory_size("--recycle-growth", text);
              });
  line_.value(
      "--recycle-age", "T", "Replace a worker that is older",
      [&limits](const std::string& text) { limits.recycle_age = duration("--recycle-age", text); });
  line_.number("--nice", "Lower the priority of the workers by so many steps", 0, 19,
               [&limits](std::uint64_t steps) { limits.nice = static_cast<int>(steps); });
  line_.flag("--pin", "Run each worker on one core", limits.pin);
}

void RunCommandLine::add_result_options() {
  line_.begin_group("Results");
  line_.flag("--ordered", "In the order of the items (this is the default)",
             [this] { options.ordered = true; });
  line_.flag("--unordered", "As they come", [this] { options.ordered = false; });
  line_.exclude("--unordered", "--ordered");
  line_.value(
      "--reduce", "OP", "Print only the sum, min, max, count or mean of the results",
      [this](const std::string& text) { options.reduction = reduction_named("--reduce", text); });
  line_.flag("--tag", "Print the item and a TAB before each result", options.tag);
  line_.value("--fill", "TEXT", "Print this line for each item that failed",
              [this](const std::string& text) { options.fill = text; });
  line_.value("--format", "lines|jsonl", "Lines, or a JSON object for each item",
              [this](const std::string& text) {
                options.format = choice<Format>(
                    "--format", text, {{"lines", Format::lines}, {"jsonl", Format::jsonl}});
              });
  line_.value(
      "--failures", "FILE", "Write a JSON object for each failed item to a file",
      [this](const std::string& text) { options.failures = file_name("--failures", text); });
}

void RunCommandLine::add_report_options() {
  line_.begin_group("Reports (on standard error)");
  line_.flag("--summary", "Print how many items each worker has done", options.summary);
  line_.value("--progress", "WHEN",
              "auto, always or never: a bar on a terminal, else a line a minute",
              [this](const std::string& text) {
                options.progress = choice<Progress>("--progress", text,
                                                    {{"auto", Progress::automatic},
                                                     {"always", Progress::always},
                                                     {"never", Progress::never}});
              });
  line_.value(
      "--worker-output", "WHERE",
      "What functions print: stderr, tag (with the worker), discard or inherit (the terminal)",
      [this](const std::string& text) {
        options.worker_output = choice<WorkerOutput>("--worker-output", text,
                                                     {{"stderr", WorkerOutput::forward},
                                                      {"tag", WorkerOutput::tag},
                                                      {"discard", WorkerOutput::discard},
                                                      {"inherit", WorkerOutput::standard_error}});
      });
  line_.flag("--dry-run", "Print what would be done, and run nothing", options.dry_run);
}

void check_retry(const RunOptions& options) {
  const std::string& file = options.journal.retry_failures;
  if (file.empty()) return;
  if (options.items_from_arguments || !options.input.empty()) {
    throw UsageError("other items cannot be used with --retry-failures (it takes them from " +
                     file + ")");
  }
  if (options.sharding.shard.count > 1 || options.first_item != 1) {
    throw UsageError(
        "--retry-failures: the items keep the numbers of the run in which they failed, so --shard "
        "and --first-item cannot be used");
  }
}

// {shard} in the names of what the run writes.
void settle_names(RunOptions& options) {
  options.crashes.folder = name_with_shard("--crash-dir", options.crashes.folder, options.sharding);
  const auto settle = [&options](const char* option, std::string& name) {
    require_own_name(option, name, options.sharding);
    name = name_with_shard(option, name, options.sharding);
  };
  settle("--output", options.journal.output);
  settle("--failures", options.failures);
  settle("--joblog", options.journal.job_log);
  settle("--report", options.seeing.report);
  settle("--trace", options.seeing.trace);
  settle("--stats", options.seeing.stats);
}

void check_combinations(const RunOptions& options) {
  if (options.function.empty()) {
    throw UsageError("no function was named; see forkmap help run, and forkmap list");
  }
  if (options.items_from_arguments && !options.input.empty()) {
    throw UsageError("items come from the command line or from --input, not from both");
  }
  if (const char* const option = options.limits.needing_workers(); option && options.serial) {
    throw UsageError(std::string(option) + " cannot be used with --serial (no workers)");
  }
  check_output_options(options.journal);
  check_crash_options(options.crashes, options.serial);
  check_node_options(options.nodes, options.serial, options.load_in_place);
  check_seeing_options(options.seeing);
  check_retry(options);
  const bool fills_lines = options.fill && !options.nul && options.format == Format::lines;
  if (fills_lines) require_one_column("--fill", *options.fill);
  if (options.reduction == Reduction::none) return;
  if (options.tag || options.fill) {
    throw UsageError("--tag and --fill cannot be used with --reduce (it prints one value)");
  }
}

}  // namespace

std::optional<RunOptions> parse_run_options(std::span<const std::string> arguments) {
  RunCommandLine command_line;
  auto line = command_line.read(arguments);
  if (!line) return std::nullopt;
  RunOptions options = std::move(command_line.options);
  options.option_words = std::move(line->options);
  options.items = line->words;
  if (!options.expression.empty()) {
    options.function = kExpressionWord;
  } else if (!options.items.empty()) {
    options.function = options.items.front();
    options.items.erase(options.items.begin());
  }
  const std::size_t open_words = line->closed_at.value_or(line->words.size());
  options.is_sweep = !options.items.empty() && options.items.front() == ":::" &&
                     line->words.size() - options.items.size() < open_words;
  options.items_from_arguments = !options.items.empty() || line->closed_at.value_or(0) > 0;
  check_combinations(options);
  settle_names(options);
  return options;
}

}  // namespace forkmap::host
