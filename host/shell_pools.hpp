// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "core/plugin/registry_table.hpp"
#include "core/pool/engine.hpp"
#include "core/pool/orphans.hpp"
#include "core/types/text_format.hpp"

namespace forkmap::host {

// A map that was opened and not read yet.
struct ShellMap {
  const plugin::FunctionEntry* function = nullptr;
  types::TextRules rules = {};
  std::shared_ptr<pool::Map> map = nullptr;
};

struct ShellPool {
  std::string name;
  std::unique_ptr<pool::Engine> engine;
  std::deque<ShellMap> started;  // in the order of `start`
  bool has_called = false;       // a function, for an item that was read
};

// The pools of a session, by name.
class ShellPools {
 public:
  // Throws UsageError for a name that is taken, and what Engine throws.
  ShellPool& open(const std::string& name, const plugin::RegistryTable& table, PoolOptions options);
  [[nodiscard]] ShellPool& at(const std::string& name);  // throws UsageError
  // What was started and not collected is cancelled. Tells what parameters nobody asked for.
  void close(const std::string& name);
  void close_all();

  // All pools go on: waits until something was done in one of them, `also_fd` is readable, or the
  // time is over. True if `also_fd` is readable.
  bool wait(std::chrono::nanoseconds limit, int also_fd = -1);

 private:
  bool advance_all();

  pool::Orphans orphans_;  // of all pools, which go before it
  std::map<std::string, ShellPool> pools_;
};

}  // namespace forkmap::host
