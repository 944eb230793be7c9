// SPDX-License-Identifier: Apache-2.0
#include "host/merge/command.hpp"

#include <sys/resource.h>

#include <string>

#include "host/cli/command_line.hpp"
#include "host/cli/diagnostics.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/cli/option_values.hpp"
#include "host/cli/usage_error.hpp"
#include "host/merge/merged_output.hpp"
#include "host/merge/merging.hpp"
#include "host/merge/parts.hpp"
#include "host/output/reduced_value.hpp"

namespace forkmap::host {

namespace {

struct MergeOptions {
  std::string output;
  bool overwrites = false;
};

HelpText merge_help() {
  return {
      .usage = "forkmap merge --output OUT PART...",
      .description =
          "Joins what the shards of a run have written to what one run would have written. Each "
          "PART "
          "is\n"
          "the file of run --shard K/N --output PART; its journal and its failures lie beside it. "
          "All N\n"
          "have to be there, finished, and of the same run; their order does not matter, and "
          "part.* may\n"
          "name the journals and failures, too. OUT gets OUT.failures and OUT.journal. A fault "
          "leaves\n"
          "everything as it was.",
      .examples =
          "Reductions are combined from those of the shards; a sum or mean of floats may then "
          "differ from\n"
          "that of one run in its last digits. With --unordered, part follows on part.\n"
          "\n"
          "Examples\n"
          "  for k in 1 2 3; do\n"
          "    forkmap run --shard $k/3 --input items --output part.$k arith:square\n"
          "  done\n"
          "  forkmap merge --output out part.*\n"
          "\n"
          "Exit status: that of the run: 0, or 1 if items failed; 2 if the parts do not go "
          "together, "
          "3 if\n"
          "they could not be read or OUT could not be written.",
  };
}

// Every part is open, and has its failures.
void allow_many_files() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);  // what cannot be opened is told then
}

// The state of the reduction of all parts.
std::string write_reduction(const ShardedRun& run, MergedFile& out, Diagnostics& diagnostics) {
  const RecordedForm& form = run.form;
  const ReducedForm reduced =
      reduced_form(form.reduction, form.format, form.nul ? '\0' : '\n', form.signature);
  const Accumulator all = merged_reduction(run);
  std::string text;
  if (!end_reduction(all, reduced, run.failures, text, diagnostics)) {
    throw UsageError("nothing was written");
  }
  out.append(text);
  const bool is_sum = form.reduction == Reduction::sum || form.reduction == Reduction::mean;
  if (is_sum && reduced.is_float && run.parts.size() > 1) {
    diagnostics.say("the " + std::string(name_of(form.reduction)) +
                    " of floats is made of the sums of " + std::to_string(run.parts.size()) +
                    " shards, so its last digits may differ from those of one run");
  }
  return all.state();
}

int merge(const MergeOptions& options, const std::vector<std::string>& paths) {
  Diagnostics diagnostics;
  const ShardedRun run = read_parts(paths, diagnostics);
  SignalWatch signals;
  MergedOutput output(options.output, options.overwrites, run);
  merge_failures(run, output.failures(), signals);
  std::string reduction;
  if (run.form.reduction == Reduction::none) {
    merge_results(run, output.results(), signals);
  } else {
    reduction = write_reduction(run, output.results(), diagnostics);
  }
  output.publish(run, reduction);
  if (run.failures == 0) return kSucceeded;
  diagnostics.say(std::to_string(run.failures) + " of " + std::to_string(run.items) +
                  " items failed: " + options.output + ".failures");
  return kItemsFailed;
}

}  // namespace

int merge_command(Arguments arguments) {
  CommandLine command_line(merge_help());
  MergeOptions options;
  command_line.value("--output", "OUT",
                     "The file of all results, with OUT.journal and OUT.failures beside it",
                     [&options](const std::string& text) {
                       if (text == "-")
                         throw UsageError("--output: - is not a file; a file of that name is ./-");
                       options.output = file_name("--output", text);
                     });
  command_line.flag("--overwrite", "Write over an OUT that another run has not finished",
                    options.overwrites);
  const auto line = command_line.read(arguments);
  if (!line) return kSucceeded;
  if (options.output.empty()) throw UsageError("merge needs --output OUT");
  if (line->words.empty())
    throw UsageError("merge needs the parts: forkmap merge --output OUT PART...");
  allow_many_files();
  try {
    return merge(options, line->words);
  } catch (const Interrupted& interrupted) {
    end_by(interrupted.signal);
  }
}

}  // namespace forkmap::host
