// SPDX-License-Identifier: Apache-2.0
//
// Sites that take part in a pool beside the machine that it was made on: other machines, say.
#pragma once

#include <forkmap/options.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "core/map/ledger.hpp"
#include "core/plugin/registry_table.hpp"
#include "core/site/events.hpp"
#include "core/site/site.hpp"

namespace forkmap::pool {

// What such a site may use; all of it outlives the site.
struct SiteMeans {
  const plugin::RegistryTable& table;
  const PoolOptions& options;
  const Events& events;
  Ledger& ledger;
};

// Called once, while the pool is made.
using MakeSites = std::function<std::vector<std::unique_ptr<Site>>(const SiteMeans& means)>;

}  // namespace forkmap::pool
