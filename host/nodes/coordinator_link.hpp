// SPDX-License-Identifier: Apache-2.0
//
// An agent's way to its coordinator: through a courier of its own.
#pragma once

#include <optional>
#include <string>

#include "core/base/unique_fd.hpp"
#include "core/node/messages.hpp"
#include "host/nodes/courier_door.hpp"
#include "host/nodes/started_program.hpp"

namespace forkmap::host {

class CoordinatorLink {
 public:
  // `courier`: as --courier says it.
  explicit CoordinatorLink(std::string courier) : courier_(std::move(courier)) {}

  // Starts the courier and waits for its connection, if there is none. Throws UsageError,
  // SystemError.
  void open();
  // The connection, which is open.
  [[nodiscard]] int socket() const noexcept { return socket_.get(); }
  // Sends all of it; false: nobody takes it.
  [[nodiscard]] bool send(const node::Message& message) const;
  // The connection, opened if there is none, is the caller's now.
  [[nodiscard]] base::UniqueFd give();
  [[nodiscard]] bool is_given() const noexcept { return is_given_; }
  // Tells the coordinator why there will be no agent; where it cannot be told, nothing.
  void refuse(const std::string& why) noexcept;
  // The connection is closed; waits a moment for the courier.
  void end();

 private:
  std::string courier_;
  std::optional<CourierDoor> door_;
  std::optional<StartedProgram> program_;
  base::UniqueFd socket_;
  bool is_given_ = false;
};

}  // namespace forkmap::host
