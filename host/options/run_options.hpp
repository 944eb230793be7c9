// SPDX-License-Identifier: Apache-2.0
//
// What `forkmap run` was asked for, checked as far as that is possible without loading anything.
#pragma once

#include <chrono>
#include <cstdint>
#include <forkmap/options.hpp>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "host/options/binding_options.hpp"
#include "host/options/node_options.hpp"
#include "host/options/output_options.hpp"
#include "host/options/progress_choice.hpp"
#include "host/options/reporting_options.hpp"
#include "host/options/result_form.hpp"
#include "host/options/run_limits.hpp"
#include "host/options/shard_choice.hpp"
#include "host/source/build_options.hpp"

namespace forkmap::host {

// Grouped by what they are about. NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct RunOptions {
  std::vector<std::string> plugins;
  std::vector<std::string> late_plugins;
  std::string function;    // kExpressionWord where there is an expression
  std::string expression;  // -e
  std::vector<std::string> items;
  bool items_from_arguments = false;  // also if there are none behind a "--"
  bool is_sweep = false;              // the items begin with ":::"
  std::string input;                  // a file; empty or "-": standard input

  // The options as they were given, a name or a value each: what other machines are told.
  std::vector<std::string> option_words;

  int workers = 0;
  int threads = 0;  // that libraries may start in each worker; 0: not said
  bool ordered = true;
  std::size_t chunk = 0;
  int retries = 1;
  bool once = false;
  std::uint64_t recycle = 0;
  std::uint64_t window_bytes = 0;  // 0: the pool's default
  std::map<std::string, std::string> parameters;
  std::uint64_t seed = 0;
  bool seed_given = false;
  ShardChoice sharding;
  std::uint64_t first_item = 1;
  OnStale on_stale = OnStale::fail;
  std::chrono::nanoseconds grace = std::chrono::seconds(10);
  RunLimits limits;
  NodeOptions nodes;

  char delimiter = '\t';
  bool nul = false;
  Reduction reduction = Reduction::none;
  bool tag = false;
  std::optional<std::string> fill;
  Format format = Format::lines;
  std::string failures;
  CrashOptions crashes;
  OutputOptions journal;  // the file of results, if it is not standard output

  SeeingOptions seeing;

  bool serial = false;
  bool load_in_place = false;
  BindingOptions binding;
  BuildOptions build;
  StatusOptions status;
  bool summary = false;
  bool dry_run = false;
  Progress progress = Progress::automatic;
  WorkerOutput worker_output = WorkerOutput::forward;
};

// Nothing if help was asked for: it has then been printed. Throws UsageError.
[[nodiscard]] std::optional<RunOptions> parse_run_options(std::span<const std::string> arguments);

}  // namespace forkmap::host
