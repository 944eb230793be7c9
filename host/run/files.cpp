// SPDX-License-Identifier: Apache-2.0
#include "host/run/files.hpp"

#include <unistd.h>

#include <forkmap/error.hpp>

#include "core/plugin/plugin_search.hpp"
#include "host/cli/usage_error.hpp"
#include "host/run/function_choice.hpp"
#include "host/source/source_word.hpp"

namespace forkmap::host {

namespace {

using Use = RunFiles::Use;

// A plugin that is not found is told by who loads it.
void add_plugin(const std::string& name, RunFiles& files) {
  if (name.empty()) return;
  if (const auto source = source_word(name)) {
    return files.add("the source", source->file, Use::reads);
  }
  try {
    files.add("plugin", plugin::find_plugin(name), Use::reads);
  } catch (const LoadError&) {
    return;
  }
}

void add_read(const RunOptions& options, RunFiles& files) {
  files.add("the program", "/proc/self/exe", Use::reads);
  for (const std::string& name : options.plugins) add_plugin(name, files);
  for (const std::string& name : options.late_plugins) add_plugin(name, files);
  const FunctionReference function = parse_function(options.function);
  add_plugin(function.plugin.empty() ? function.function : function.plugin, files);
  const std::string& retried = options.journal.retry_failures;
  if (!retried.empty()) return files.add("--retry-failures", retried, Use::reads);
  if (options.items_from_arguments) return;
  if (options.input.empty() || options.input == "-") {
    files.add_standard("standard input", STDIN_FILENO, Use::reads);
  } else {
    files.add("--input", options.input, Use::reads);
  }
}

void add_written(const RunOptions& options, RunFiles& files) {
  const auto add = [&files](const char* shown, const std::string& path) {
    if (!path.empty()) files.add(shown, path, Use::writes);
  };
  const std::string& output = options.journal.output;
  if (output.empty()) {
    files.add_standard("standard output", STDOUT_FILENO, Use::writes);
  } else {
    add("--output", output);
    add("the journal of --output,", output + ".journal");
    if (options.failures.empty()) add("the failures of --output,", output + ".failures");
  }
  add("--failures", options.failures);
  add("--joblog", options.journal.job_log);
  add("--trace", options.seeing.trace);
  add("--report", options.seeing.report);
  add("--stats", options.seeing.stats);
  add("--crash-dir", options.crashes.folder);
  files.add_standard("standard error", STDERR_FILENO, Use::writes);
}

}  // namespace

void RunFiles::add(const std::string& shown, const std::string& path, Use use) {
  entries_.push_back({shown + " " + path, use, false, place_of(path)});
}

void RunFiles::add_standard(const std::string& shown, int fd, Use use) {
  FilePlace place = place_of_descriptor(fd);
  if (place.kind == FilePlace::Kind::content) {
    entries_.push_back({shown, use, true, std::move(place)});
  }
}

bool RunFiles::collide(const Entry& left, const Entry& right) {
  if (!left.place.is_same_as(right.place)) return false;
  if (left.use == Use::reads && right.use == Use::reads) return false;
  if (left.use != right.use) return true;
  // Two writers.
  if (left.place.kind == FilePlace::Kind::stream) return false;
  if (left.is_standard && right.is_standard) return false;
  const auto& one = left.place.descriptor;
  const auto& other = right.place.descriptor;
  return !(one && other && share_position(*one, *other));
}

void RunFiles::check() const {
  for (std::size_t right = 0; right < entries_.size(); ++right) {
    for (std::size_t left = 0; left < right; ++left) {
      if (!collide(entries_[left], entries_[right])) continue;
      throw UsageError(entries_[left].shown + " and " + entries_[right].shown +
                       " are the same file, and the run would write over what is in it; name "
                       "another file for one of them. Nothing was changed");
    }
  }
}

RunFiles files_of(const RunOptions& options) {
  RunFiles files;
  add_read(options, files);
  add_written(options, files);
  return files;
}

void rename_standard_output(RunOptions& options, int fd) {
  for (std::string* const name :
       {&options.failures, &options.journal.job_log, &options.seeing.trace, &options.seeing.report,
        &options.seeing.stats}) {
    if (name->empty() || descriptor_named(*name) != STDOUT_FILENO) continue;
    *name = "/proc/self/fd/" + std::to_string(fd);
  }
}

}  // namespace forkmap::host
