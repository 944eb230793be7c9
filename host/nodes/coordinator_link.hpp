// SPDX-License-Identifier: Apache-2.0
//
// An agent's way to its coordinator: through a courier of its own.
#pragma once

#include <optional>
#include <string>

#include "core/base/unique_fd.hpp"
#include "host/nodes/courier_door.hpp"
#include "host/nodes/started_program.hpp"

namespace forkmap::host {

class CoordinatorLink {
 public:
  // `courier`: as --courier says it.
  explicit CoordinatorLink(std::string courier) : courier_(std::move(courier)) {}

  // Starts the courier and waits for its connection. Throws UsageError, SystemError.
  [[nodiscard]] base::UniqueFd open();
  [[nodiscard]] bool is_open() const noexcept { return program_.has_value(); }
  // Tells the coordinator why there will be no agent; where it cannot be told, nothing.
  void refuse(const std::string& why) noexcept;
  // The connection is closed; waits a moment for the courier.
  void end();

 private:
  std::string courier_;
  std::optional<CourierDoor> door_;
  std::optional<StartedProgram> program_;
};

}  // namespace forkmap::host
