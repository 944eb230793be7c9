// SPDX-License-Identifier: Apache-2.0
//
// What is told of a worker's crash.
#pragma once

#include <forkmap/crash_report.hpp>
#include <optional>
#include <string>

#include "core/map/ledger.hpp"
#include "core/pool/crew.hpp"
#include "core/pool/death_report.hpp"
#include "core/pool/settings.hpp"

namespace forkmap::pool {

class CrashReporter {
 public:
  CrashReporter(const Settings& settings, const Ledger& ledger)
      : settings_(settings), ledger_(ledger) {}

  // What a worker that has ended has left in its lane, and what it has used.
  static void read(const Crew& crew, const WorkerSlot& worker, const process::Event& event,
                   DeathReport& report);
  // Nothing if that is nobody's crash, or nobody will hear of it.
  [[nodiscard]] std::optional<CrashReport> tell(const WorkerSlot& worker, const Task& task,
                                                const DeathReport& death, bool is_final) const;
  // Of a death while no item ran.
  [[nodiscard]] static std::string how_and_where(const DeathReport& death);

 private:
  const Settings& settings_;
  const Ledger& ledger_;

  [[nodiscard]] CrashReport describe(const WorkerSlot& worker, const Task& task,
                                     const DeathReport& death) const;
};

}  // namespace forkmap::pool
