// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "core/lane/doorbell.hpp"
#include "core/pool/crew.hpp"
#include "core/pool/settings.hpp"
#include "core/process/zygote.hpp"

namespace forkmap::pool {

// Makes a zygote; forks, but for tests. Throws SystemError.
using ForkZygote = std::function<std::unique_ptr<process::ZygoteLink>(const process::ZygotePlan&)>;
[[nodiscard]] std::unique_ptr<process::ZygoteLink> fork_zygote(const process::ZygotePlan& plan);

// Forks the zygote of a crew with so many workers, from the registry as it is now. Throws
// SystemError. The settings and the doorbell outlive it.
[[nodiscard]] std::shared_ptr<Crew> start_crew(const Settings& settings,
                                               const lane::Doorbell& doorbell, int workers,
                                               CrewReason reason, const ForkZygote& fork);

}  // namespace forkmap::pool
