// SPDX-License-Identifier: Apache-2.0
//
// One session of the shell: a registry, its pools, and the statements that work on them. `expect`,
// `help` and `quit` belong to the script around it.
#pragma once

#include <forkmap/registry.hpp>
#include <span>
#include <string>

#include "host/shell_answer.hpp"
#include "host/shell_interrupt.hpp"
#include "host/shell_outcomes.hpp"
#include "host/shell_pools.hpp"
#include "host/shell_statement.hpp"

namespace forkmap::host {

class ShellSession {
 public:
  // Throws UsageError for a statement that is wrong, and whatever the library throws.
  [[nodiscard]] ShellAnswer run(const ShellStatement& statement);
  [[nodiscard]] ShellPools& pools() noexcept { return pools_; }
  // From now on Ctrl-C ends what a statement waits for.
  void take_over_interrupts() { interrupt_.take_over(); }

 private:
  using Doer = ShellAnswer (ShellSession::*)(const ShellStatement& statement);
  struct Verb;
  static const Verb kVerbs[];

  ShellAnswer load(const ShellStatement& statement);
  ShellAnswer make_pool(const ShellStatement& statement);
  ShellAnswer map(const ShellStatement& statement);
  ShellAnswer start(const ShellStatement& statement);
  ShellAnswer collect(const ShellStatement& statement);
  ShellAnswer serial(const ShellStatement& statement);
  ShellAnswer reduce(const ShellStatement& statement);
  ShellAnswer kill(const ShellStatement& statement);
  ShellAnswer refork(const ShellStatement& statement);
  ShellAnswer resize(const ShellStatement& statement);
  ShellAnswer close(const ShellStatement& statement);
  ShellAnswer workers(const ShellStatement& statement);
  ShellAnswer lanes(const ShellStatement& statement);
  ShellAnswer show_registry(const ShellStatement& statement);
  ShellAnswer sleep(const ShellStatement& statement);
  ShellAnswer command(const ShellStatement& statement);

  ShellMap open(const std::string& pool, const std::string& function,
                std::span<const ShellWord> items);
  // All outcomes of a map of the pool.
  ShellOutcomes read(ShellPool& pool, const ShellMap& map);
  // Waits for the death that a signal causes; says what became of the worker.
  std::string fate_of(ShellPool& pool, const WorkerInfo& victim);

  ShellInterrupt interrupt_;
  Registry registry_;
  ShellPools pools_;  // behind the registry that they refer to
};

}  // namespace forkmap::host
