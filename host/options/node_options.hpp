// SPDX-License-Identifier: Apache-2.0
//
// --nodes: the other machines of a run.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "host/cli/command_line.hpp"

namespace forkmap::host {

struct NodeWish {
  std::string name;
  int workers = 0;  // 0: as many as it has usable cores
  friend bool operator==(const NodeWish&, const NodeWish&) = default;
};

struct NodeOptions {
  enum class Source : std::uint8_t {
    none,   // the option was not given
    list,   // these machines, which mpirun reaches
    slurm,  // those of the allocation
    mpi,    // each rank that mpirun has started is one
    own     // "none": each copy of the command is a run of its own
  };
  Source source = Source::none;
  std::vector<NodeWish> list;
  // Nothing was heard of a node for so long: it is lost.
  std::chrono::nanoseconds timeout = std::chrono::seconds(30);
  bool leave_out_stale = false;
  bool ship_plugins = false;
  std::string courier;  // a file; empty: the installed one

  [[nodiscard]] bool are_wanted() const noexcept {
    return source == Source::list || source == Source::slurm || source == Source::mpi;
  }
};

void add_node_options(CommandLine& line, NodeOptions& options);
// Throws UsageError where they do not go together.
void check_node_options(const NodeOptions& options, bool serial, bool load_in_place);

// "n1,n2:8,n3", "slurm", "mpi" or "none". Throws UsageError.
void set_nodes(const std::string& text, NodeOptions& options);

}  // namespace forkmap::host
