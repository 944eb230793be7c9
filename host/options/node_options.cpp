// SPDX-License-Identifier: Apache-2.0
#include "host/options/node_options.hpp"

#include <forkmap/options.hpp>
#include <string_view>

#include "host/cli/option_values.hpp"
#include "host/options/run_limits.hpp"

namespace forkmap::host {

namespace {

constexpr const char* kOption = "--nodes";

NodeWish wish_of(std::string_view text) {
  NodeWish wish;
  const std::size_t colon = text.find(':');
  wish.name = text.substr(0, colon);
  if (wish.name.empty() || wish.name.front() == '-') {
    throw UsageError(std::string(kOption) + ": \"" + std::string(text) +
                     "\" names no machine; expected e.g. n1,n2:8,n3");
  }
  if (colon != std::string_view::npos) {
    wish.workers = static_cast<int>(whole_number(kOption, text.substr(colon + 1), 1, kMostWorkers));
  }
  return wish;
}

}  // namespace

void set_nodes(const std::string& text, NodeOptions& options) {
  using Source = NodeOptions::Source;
  options.list.clear();
  if (text == "slurm") {
    options.source = Source::slurm;
  } else if (text == "mpi") {
    options.source = Source::mpi;
  } else if (text == "none") {
    options.source = Source::own;
  } else {
    options.source = Source::list;
    std::string_view rest = text;
    for (;;) {
      const std::size_t comma = rest.find(',');
      options.list.push_back(wish_of(rest.substr(0, comma)));
      if (comma == std::string_view::npos) return;
      rest.remove_prefix(comma + 1);
    }
  }
}

void add_node_options(CommandLine& line, NodeOptions& options) {
  line.begin_group("Other machines");
  line.value("--nodes", "LIST|slurm|mpi",
             "Machines that take part, n1,n2:8 (with 8 workers); those of the Slurm allocation; or "
             "the ranks of mpirun",
             [&options](const std::string& text) { set_nodes(text, options); });
  line.value(
      "--node-timeout", "T",
      "A machine of which nothing was heard for so long is lost; 30s if not given",
      [&options](const std::string& text) { options.timeout = duration("--node-timeout", text); });
  line.flag("--leave-out-stale", "Go on without machines whose plugins differ, or are missing",
            options.leave_out_stale);
  line.flag("--ship-plugins", "Send the plugins to machines that have others, or none",
            options.ship_plugins);
  line.value(
      "--courier", "FILE", "The program that speaks MPI, if it is not the installed one",
      [&options](const std::string& text) { options.courier = file_name("--courier", text); });
}

void check_node_options(const NodeOptions& options, bool serial, bool load_in_place) {
  if (options.are_wanted() && serial) {
    throw UsageError("--nodes cannot be used with --serial (no workers)");
  }
  if (options.leave_out_stale && !options.are_wanted()) {
    throw UsageError("--leave-out-stale needs --nodes");
  }
  if (!options.ship_plugins) return;
  if (!options.are_wanted()) throw UsageError("--ship-plugins needs --nodes");
  if (load_in_place) {
    throw UsageError(
        "--ship-plugins cannot be used with --load-in-place: what was sent lies in no place of its "
        "own");
  }
}

}  // namespace forkmap::host
