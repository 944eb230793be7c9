// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "core/node/remote_site.hpp"
#include "host/text/node_facts.hpp"

namespace forkmap::host {

// What is told of the nodes of a site, as they are now.
[[nodiscard]] AllNodesFacts facts_of(const node::RemoteSite& site,
                                     std::chrono::steady_clock::time_point now);

}  // namespace forkmap::host
