// SPDX-License-Identifier: Apache-2.0
#include "host/merge/merging.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "host/cli/usage_error.hpp"
#include "host/merge/failure_lines.hpp"
#include "host/merge/part_lines.hpp"

namespace forkmap::host {

namespace {

// For all parts together, and of one of them.
constexpr std::size_t kAllBuffersBytes = std::size_t{128} << 20U;
constexpr std::size_t kLeastBufferBytes = std::size_t{64} << 10U;
constexpr std::size_t kMostBufferBytes = std::size_t{1} << 20U;

std::size_t buffer_bytes(const ShardedRun& run) {
  return std::clamp(kAllBuffersBytes / run.parts.size(), kLeastBufferBytes, kMostBufferBytes);
}

void write(MergedFile& out, SignalWatch& signals) {
  out.flush();
  while (const auto signal = signals.take()) {
    if (*signal == SIGTSTP) {
      stop_here();
    } else if (*signal != SIGUSR1) {
      throw Interrupted{*signal};
    }
  }
}

void append_all(PartLines lines, MergedFile& out, SignalWatch& signals) {
  std::string_view bytes;
  while (lines.next_bytes(bytes)) {
    out.append(bytes);
    if (out.is_full()) write(out, signals);
  }
}

PartLines results_of(const ShardedRun& run, const Part& part) {
  return {part.path, part.last.output, part.journal_path(), run.form.terminator(),
          buffer_bytes(run)};
}

[[noreturn]] void refuse_count(const ShardedRun& run, const Part& part, const char* what) {
  const std::string why =
      run.form.terminator() == '\0'
          ? " (with -0, a NUL in a result is an end, too; --format jsonl has no "
            "such results)"
          : "";
  throw UsageError(part.path + " has " + what + " results than " + part.journal_path() +
                   " has items" + why + "; make the parts anew in another form");
}

// What a part has left to give.
struct Source {
  Source(const ShardedRun& run, const Part& whose)
      : part(whose),
        lines(results_of(run, whose)),
        failures(whose, run.form.first_item, kLeastBufferBytes) {}
  const Part& part;
  PartLines lines;
  FailureLines failures;
};

}  // namespace

void merge_results(const ShardedRun& run, MergedFile& out, SignalWatch& signals) {
  if (!run.form.ordered || run.parts.size() == 1) {
    for (const Part& part : run.parts) append_all(results_of(run, part), out, signals);
    return;
  }
  std::deque<Source> sources;
  for (const Part& part : run.parts) sources.emplace_back(run, part);
  auto source = sources.begin();
  std::string_view line;
  for (std::uint64_t item = 0; item < run.items; ++item) {
    const bool has_failed = source->failures.item() == item;
    if (has_failed) source->failures.advance();
    if (!has_failed || run.form.fills) {
      if (!source->lines.next(line)) refuse_count(run, source->part, "fewer");
      out.append(line);
      if (out.is_full()) write(out, signals);
    }
    if (++source == sources.end()) source = sources.begin();
  }
  for (Source& each : sources) {
    if (each.lines.next(line)) refuse_count(run, each.part, "more");
  }
}

void merge_failures(const ShardedRun& run, MergedFile& out, SignalWatch& signals) {
  if (!run.form.ordered) {
    for (const Part& part : run.parts) {
      if (part.last.failure_file.bytes == 0) continue;
      append_all({part.failures_path(), part.last.failure_file, part.journal_path(), '\n',
                  buffer_bytes(run)},
                 out, signals);
    }
    return;
  }
  std::deque<FailureLines> sources;
  using Next = std::pair<std::uint64_t, FailureLines*>;
  std::priority_queue<Next, std::vector<Next>, std::greater<>> next;
  for (const Part& part : run.parts) {
    FailureLines& lines = sources.emplace_back(part, run.form.first_item, kLeastBufferBytes);
    if (lines.item() != FailureLines::kNone) next.emplace(lines.item(), &lines);
  }
  while (!next.empty()) {
    FailureLines& lines = *next.top().second;
    next.pop();
    out.append(lines.line());
    if (out.is_full()) write(out, signals);
    lines.advance();
    if (lines.item() != FailureLines::kNone) next.emplace(lines.item(), &lines);
  }
}

Accumulator merged_reduction(const ShardedRun& run) {
  Accumulator all(run.form.reduction);
  for (const Part& part : run.parts) {
    Accumulator one(run.form.reduction);
    if (!one.restore(part.last.reduction)) {
      throw UsageError(part.journal_path() +
                       " has no state of its reduction; make the part anew with --overwrite");
    }
    if (run.parts.size() == 1) return one;
    all.add_all_of(one);
  }
  return all;
}

}  // namespace forkmap::host
