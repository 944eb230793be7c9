// SPDX-License-Identifier: Apache-2.0
//
// The other machines of a run, from their start to their end.
//  N1 They come up, and are compared with this one, before any item runs.
//  N2 What was started for them ends with this object, or a few seconds later by itself.
#pragma once

#include <forkmap/options.hpp>
#include <string>
#include <vector>

#include "core/plugin/registry_table.hpp"
#include "core/site/further_sites.hpp"
#include "host/cli/diagnostics.hpp"
#include "host/nodes/courier_door.hpp"
#include "host/nodes/muster.hpp"
#include "host/nodes/node_plan.hpp"
#include "host/nodes/plugin_stock.hpp"
#include "host/nodes/started_program.hpp"
#include "host/options/run_options.hpp"
#include "host/text/node_facts.hpp"

namespace forkmap::node {
class RemoteSite;
}  // namespace forkmap::node

namespace forkmap::host {

class Nodes {
 public:
  // Starts them and returns when all are there. `variables`: names of those that they are to have
  // as this process has them; `plugins`: the run's, to be sent with --ship-plugins. Throws
  // UsageError (nothing was run), SystemError. `diagnostics` outlives it.
  Nodes(const RunOptions& options, const NodePlan& plan, const std::vector<std::string>& variables,
        std::vector<NamedPlugin> plugins, Diagnostics& diagnostics);

  // What this machine has.
  struct Here {
    const plugin::RegistryTable& table;
    const PoolOptions& options;
    node::CodeFacts facts;  // nothing, before late plugins are loaded
  };
  // Those that would run other code are named; with --leave-out-stale they are left out, else this
  // throws UsageError.
  void compare(const Here& here);
  // The same of what was loaded after the pool was made; nothing can be left out then.
  void compare_late(const Here& here) const;

  // What makes the site of the nodes that are left; for one pool. This object outlives it.
  [[nodiscard]] pool::MakeSites sites();
  // By the number that a pool gives them, from 1.
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  // As they are now, while the pool is there.
  [[nodiscard]] AllNodesFacts facts() const;
  // The pool is gone. Waits a moment for what was started.
  void end();

 private:
  const RunOptions& options_;
  Diagnostics& diagnostics_;
  CourierDoor door_;
  std::optional<StartedProgram> program_;
  std::vector<MusteredNode> mustered_;
  std::vector<std::string> names_;
  std::vector<node::Hello> hellos_;         // of those with a name
  const node::RemoteSite* site_ = nullptr;  // the pool's
  bool has_loss_ = false;                   // mpirun may not end by itself

  void start(const NodePlan& plan, const std::vector<std::string>& variables);
  void tell_of_sent() const;
  void tell_of_machines(const Here& here) const;
};

}  // namespace forkmap::host
