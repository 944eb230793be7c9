// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/node_plan.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "host/nodes/slurm_nodes.hpp"

namespace forkmap::host {

namespace {

std::string_view without_domain(std::string_view name) { return name.substr(0, name.find('.')); }

}  // namespace

std::string own_host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

NodePlan plan_nodes(const NodeOptions& options, const Variables& variables,
                    const std::string& host_name) {
  using Source = NodeOptions::Source;
  NodePlan plan;
  if (options.source == Source::slurm) {
    plan.others = slurm_nodes(variables);
    plan.here = plan.others.front().name;
    plan.own_workers = plan.others.front().workers;
    plan.others.erase(plan.others.begin());
    return plan;
  }
  if (options.source != Source::list) return plan;
  plan.others = options.list;
  const auto own = std::ranges::find_if(plan.others, [&host_name](const NodeWish& wish) {
    return wish.name == "localhost" || without_domain(wish.name) == without_domain(host_name);
  });
  if (own != plan.others.end()) {
    plan.here = own->name;
    plan.own_workers = own->workers;
    plan.others.erase(own);
  }
  return plan;
}

std::vector<std::string> node_names(const NodePlan& plan) {
  std::map<std::string, int> counts = {{plan.here, 1}};
  std::vector<std::string> names;
  for (const NodeWish& wish : plan.others) {
    const int count = ++counts[wish.name];
    names.push_back(count == 1 ? wish.name : wish.name + "#" + std::to_string(count));
  }
  return names;
}

}  // namespace forkmap::host
