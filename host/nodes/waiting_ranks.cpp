// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/waiting_ranks.hpp"

#include <chrono>
#include <exception>
#include <vector>

#include "host/nodes/courier_door.hpp"
#include "host/nodes/courier_file.hpp"
#include "host/nodes/muster.hpp"
#include "host/nodes/started_program.hpp"

namespace forkmap::host {

namespace {

using namespace std::chrono_literals;

constexpr auto kMusterPatience = 60s;
constexpr auto kRankEndPatience = 3000ms;

}  // namespace

WaitingRanks::~WaitingRanks() {
  if (!are_there_) return;
  try {
    CourierDoor door;
    StartedProgram courier({courier_file(courier_), "--connect", door.name()},
                           {"FORKMAP_COURIER_NONCE=" + door.nonce()},
                           StartedProgram::AfterUs::ends_itself);
    // Their streams end here, and so do they.
    (void)Muster(door, courier, {}).run(Muster::Clock::now() + kMusterPatience);
    courier.end(kRankEndPatience);
  } catch (const std::exception&) {
    return;  // mpirun ends them, or whoever has started that
  }
}

}  // namespace forkmap::host
