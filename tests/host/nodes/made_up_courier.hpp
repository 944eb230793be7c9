// SPDX-License-Identifier: Apache-2.0
//
// A courier without MPI: the test speaks at the far end of each stream.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/unique_fd.hpp"
#include "core/node/frame.hpp"
#include "host/nodes/courier_door.hpp"

namespace forkmap::host {

// Connects to a door, and says nothing yet.
[[nodiscard]] base::UniqueFd knock(const std::string& name);
// The bytes that a courier of this nonce says first.
[[nodiscard]] std::string preamble(const std::string& nonce, std::uint32_t peer,
                                   std::uint32_t ranks);
// Both.
[[nodiscard]] base::UniqueFd come_in(const CourierDoor& door, std::uint32_t peer,
                                     std::uint32_t ranks);

void say(const base::UniqueFd& socket, const std::string& bytes);
void say(const base::UniqueFd& socket, const node::Message& message);

}  // namespace forkmap::host
