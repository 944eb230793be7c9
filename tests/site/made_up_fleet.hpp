// SPDX-License-Identifier: Apache-2.0
//
// A fleet of two sites over one ledger, whose zygotes are scripted and whose workers are in the
// test's own process, with a clock that stands still until it is moved. This process may be a
// third.
#pragma once

#include <array>
#include <cstdint>
#include <forkmap/registry.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/pool/local_site.hpp"
#include "core/serial/serial_site.hpp"
#include "core/site/fleet.hpp"
#include "tests/site/made_up_site.hpp"

namespace forkmap::testing {

class MadeUpFleet {
 public:
  static constexpr std::size_t kSites = 2;
  enum class Serial : std::uint8_t { none, first };
  explicit MadeUpFleet(int workers_each, PoolOptions options = {}, Serial serial = Serial::none);

  void begin();
  bool step();    // of the fleet, at the present time; true if anything was done
  void settle();  // steps until nothing is done any more
  void run();     // everybody works until nothing moves any more
  void wait(std::chrono::nanoseconds time) {
    now += time;
    settle();
  }

  // Functions of one i64: square; squares, vectorized (many items a call); counted (square, and
  // its runs are).
  [[nodiscard]] std::shared_ptr<pool::Map> open(const std::string& function, std::int64_t count,
                                                MapOptions options, bool ordered);
  // Squares of 0, 1, 2, ... from one stretch of the arena to the one behind it.
  [[nodiscard]] std::shared_ptr<pool::Map> open_in_arena(std::int64_t count, MapOptions options);
  // Of the sites that have not failed.
  [[nodiscard]] std::vector<ScriptedZygote*> living() const;
  // How often "counted" was called for the item.
  [[nodiscard]] int runs_of(std::int64_t item) const;

  Registry registry;
  std::map<std::int64_t, int> runs;  // of "counted", by item
  std::array<Script, kSites> scripts;
  std::unique_ptr<pool::Settings> settings;
  pool::Events events{nullptr};
  std::unique_ptr<pool::Ledger> ledger;
  std::shared_ptr<pool::PoolOwner> owner = std::make_shared<pool::PoolOwner>();
  std::array<pool::LocalSite*, kSites> sites{};
  pool::SerialSite* serial = nullptr;  // null: this process is no site
  std::unique_ptr<pool::Fleet> fleet;
  pool::Clock::time_point now = pool::Clock::now();
};

}  // namespace forkmap::testing
