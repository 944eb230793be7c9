// SPDX-License-Identifier: Apache-2.0
//
// What a pool was asked for, checked and completed; constant while the pool lives.
//  S1 Callbacks of the options run inside the engine's steps: what one throws is told on standard
//     error and goes no further, and while one runs its pool may not be used (in_callback()).
#pragma once

#include <cstdint>
#include <forkmap/options.hpp>
#include <functional>
#include <memory>
#include <string>

#include "core/lane/lane_memory.hpp"
#include "core/plugin/registry_table.hpp"
#include "core/shm/arena.hpp"
#include "core/system/cgroups.hpp"
#include "core/types/parameters.hpp"

namespace forkmap::pool {

class Settings {
 public:
  // Throws InvalidOption, SystemError. `table` outlives it.
  Settings(const plugin::RegistryTable& table, PoolOptions options);
  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;
  ~Settings() = default;

  [[nodiscard]] const plugin::RegistryTable& table() const noexcept { return *table_; }
  [[nodiscard]] const PoolOptions& options() const noexcept { return options_; }
  // With what was asked for in any process of the pool.
  [[nodiscard]] const std::shared_ptr<const types::Parameters>& parameters() const noexcept {
    return parameters_;
  }
  [[nodiscard]] const lane::LaneShape& shape() const noexcept { return shape_; }
  [[nodiscard]] const std::shared_ptr<shm::Arena>& arena() const noexcept { return arena_; }
  // Where the cgroups of this process were, and the processors that it could use, when the pool was
  // made.
  [[nodiscard]] const Cgroups& cgroups() const noexcept { return cgroups_; }
  [[nodiscard]] int processors() const noexcept { return processors_; }
  // The number of workers that was asked for, or the default.
  [[nodiscard]] int workers() const noexcept {
    return options_.workers == 0 ? processors_ : options_.workers;
  }
  // Input and results that may be in memory at a time.
  [[nodiscard]] std::uint64_t in_flight_bytes() const noexcept { return in_flight_bytes_; }
  // What workers print comes to the host.
  [[nodiscard]] bool takes_output() const noexcept {
    return options_.worker_output == WorkerOutput::tag ||
           options_.worker_output == WorkerOutput::forward;
  }
  [[nodiscard]] bool in_callback() const noexcept { return in_callback_; }
  void notice(const std::string& text) const {
    if (options_.notice) options_.notice(text);
  }

 private:
  const plugin::RegistryTable* table_;
  PoolOptions options_;
  Cgroups cgroups_;
  int processors_;
  std::uint64_t memory_limit_bytes_;
  std::shared_ptr<const types::Parameters> parameters_;
  lane::LaneShape shape_;
  std::shared_ptr<shm::Arena> arena_;
  std::uint64_t in_flight_bytes_;
  bool in_callback_ = false;

  template <class... A>
  void guard(std::function<void(A...)>& callback, const char* name);
};

// The number of workers, or the default for 0. Throws InvalidOption if there cannot be so many.
[[nodiscard]] int checked_workers(int workers);
void check_ranges(const MapOptions& options);  // throws InvalidOption

}  // namespace forkmap::pool
