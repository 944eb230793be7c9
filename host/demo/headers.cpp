// SPDX-License-Identifier: Apache-2.0
#include "host/demo/headers.hpp"

#include <poll.h>
#include <csignal>

#include <algorithm>
#include <chrono>
#include <forkmap/pool.hpp>
#include <forkmap/registry.hpp>
#include <optional>
#include <string_view>

#include "host/cli/diagnostics.hpp"
#include "host/demo/files.hpp"
#include "host/demo/word_count.hpp"
#include "host/watch/progress.hpp"

namespace forkmap::host {

namespace {

using Counting = Function<FileCounts(std::string_view)>;

constexpr int kWorkers = 2;
constexpr auto kRespawnPatience = std::chrono::seconds(20);

// What came of each file, by its place in the list.
struct Harvest {
  std::vector<std::optional<FileCounts>> counts;
  std::uint64_t outcomes = 0;
  std::uint64_t repeated = 0;  // outcomes of a file that had one
  std::vector<ItemError> errors;
  std::string victim;  // the worker that was killed
};

// Kills a worker that is at work, if there is one, else any.
std::optional<WorkerInfo> kill_one(const Pool& pool) {
  std::vector<WorkerInfo> workers = pool.workers();
  std::ranges::stable_partition(
      workers, [](const WorkerInfo& worker) { return worker.state == WorkerState::running; });
  for (const WorkerInfo& worker : workers) {
    if (worker.pid > 0 && ::kill(worker.pid, SIGKILL) == 0) return worker;
  }
  return std::nullopt;
}

// The pool learns of the death inside its calls.
std::optional<WorkerInfo> successor_of(Pool& pool, const WorkerInfo& victim) {
  const auto end = std::chrono::steady_clock::now() + kRespawnPatience;
  while (std::chrono::steady_clock::now() < end) {
    for (const WorkerInfo& worker : pool.workers()) {
      if (worker.number == victim.number && worker.respawns > victim.respawns && worker.pid > 0) {
        return worker;
      }
    }
    pool.advance();
    pollfd pool_fd = {.fd = pool.fd(), .events = POLLIN, .revents = 0};
    ::poll(&pool_fd, 1, 100);
  }
  return std::nullopt;
}

Harvest count_all(DemoStage& stage, Pool& pool, const Counting& counting,
                  const std::vector<std::string>& files) {
  Harvest harvest;
  harvest.counts.resize(files.size());
  std::vector<bool> settled(files.size());
  std::optional<WorkerInfo> victim;
  Diagnostics diagnostics;
  ProgressReport progress(Progress::always, false, diagnostics);
  const auto facts = [&] {
    return ProgressFacts{
        .done = harvest.outcomes, .failed = harvest.errors.size(), .total = files.size()};
  };
  const auto middle = (files.size() + 1) / 2;
  for (auto& outcome : pool.map(counting, files).unordered_outcomes()) {
    ++harvest.outcomes;
    if (settled.at(outcome.index())) ++harvest.repeated;
    settled.at(outcome.index()) = true;
    if (outcome) {
      harvest.counts[outcome.index()] = outcome.value();
    } else {
      harvest.errors.push_back(outcome.error());
    }
    if (harvest.outcomes == middle) {
      victim = kill_one(pool);
      if (victim) {
        diagnostics.say("worker " + std::to_string(victim->number) + ", pid " +
                        std::to_string(victim->pid) + ", was killed with SIGKILL after " +
                        std::to_string(middle) + " of " + std::to_string(files.size()) + " files");
      }
    }
    if (progress.is_due()) progress.update(facts());
  }
  progress.finish(facts());
  stage.require(victim.has_value(), "there was a worker to kill");
  if (!victim) return harvest;
  harvest.victim =
      "worker " + std::to_string(victim->number) + " (pid " + std::to_string(victim->pid) + ")";
  const auto successor = successor_of(pool, *victim);
  stage.require(successor.has_value(), "the killed worker was replaced");
  if (successor) harvest.victim += ", replaced by pid " + std::to_string(successor->pid);
  return harvest;
}

void compare(DemoStage& stage, const std::vector<std::string>& files, const Harvest& harvest) {
  const std::string reason = why_word_count_differs();
  if (!reason.empty()) {
    stage.say("The comparison with wc is skipped: " + reason + ".");
    return;
  }
  const std::vector<FileCounts> expected = word_counts(files);
  std::size_t equal = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (harvest.counts[i] == expected[i]) {
      ++equal;
    } else {
      stage.require(false, "the numbers of " + files[i] + " are those of wc");
    }
  }
  stage.say("Equal to the numbers of `LC_ALL=C wc`: " + std::to_string(equal) + " of " +
            std::to_string(files.size()) + " files");
}

}  // namespace

void play_headers(DemoStage& stage, const std::vector<std::string>& folders) {
  stage.scene("Real input: lines, words and bytes of every header, and a worker killed half-way");
  const std::vector<std::string> files = readable_files_below(folders);
  for (const std::string& folder : folders) stage.say("Folder: " + folder);
  stage.require(!files.empty(), "there are files to read");
  if (files.empty()) return;

  Registry registry;
  registry.load("text");
  const auto counting = registry.function<FileCounts(std::string_view)>("text:wc");
  Pool pool(registry, {.workers = kWorkers});
  const Harvest harvest = count_all(stage, pool, counting, files);

  FileCounts sum = {0, 0, 0};
  for (const auto& counts : harvest.counts) {
    if (!counts) continue;
    std::get<0>(sum) += std::get<0>(*counts);
    std::get<1>(sum) += std::get<1>(*counts);
    std::get<2>(sum) += std::get<2>(*counts);
  }
  stage.say("Files: " + std::to_string(files.size()) + ", lines: " +
            std::to_string(std::get<0>(sum)) + ", words: " + std::to_string(std::get<1>(sum)) +
            ", bytes: " + std::to_string(std::get<2>(sum)));
  stage.say("Killed on purpose half-way: " + harvest.victim);
  for (const ItemError& error : harvest.errors) stage.say(describe(error));
  const std::uint64_t values = harvest.outcomes - harvest.errors.size();
  stage.say("Items in: " + std::to_string(files.size()) + ", outcomes: " +
            std::to_string(harvest.outcomes) + ", of them values: " + std::to_string(values) +
            ", errors: " + std::to_string(harvest.errors.size()) +
            "; lost: " + std::to_string(files.size() - (harvest.outcomes - harvest.repeated)) +
            ", given twice: " + std::to_string(harvest.repeated));
  stage.require(harvest.outcomes == files.size() && harvest.repeated == 0,
                "each file has exactly one outcome");
  stage.require(harvest.errors.empty(), "no file failed");
  compare(stage, files, harvest);
}

}  // namespace forkmap::host
