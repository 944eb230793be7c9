// SPDX-License-Identifier: Apache-2.0
// This machine is found among those that were named.

#include "host/nodes/node_plan.hpp"

#include "tests/catch.hpp"
#include "tests/host/options/made_up_variables.hpp"

using namespace forkmap::host;

namespace {

NodePlan plan_of(const std::string& list, const std::string& host = "n1.cluster") {
  NodeOptions options;
  set_nodes(list, options);
  return plan_nodes(options, made_up({}), host);
}

using Wishes = std::vector<NodeWish>;
using NodeTexts = std::vector<std::string>;

}  // namespace

TEST_CASE("the first entry of this machine is for its own workers") {
  for (const char* const name : {"n1", "n1.cluster", "n1.elsewhere", "localhost"}) {
    CAPTURE(name);
    const NodePlan plan = plan_of("n2:4," + std::string(name) + ":3,n3");
    CHECK(plan.here == name);
    CHECK(plan.own_workers == 3);
    CHECK(plan.others == Wishes{{"n2", 4}, {"n3", 0}});
    CHECK(node_names(plan) == NodeTexts{"n2", "n3"});
  }
}

TEST_CASE("a machine that was not named computes as well, with all its cores") {
  const NodePlan plan = plan_of("n2,n3", "login");
  CHECK(plan.here == "localhost");
  CHECK(plan.own_workers == 0);
  CHECK(plan.others.size() == 2);
}

TEST_CASE("a machine that was named several times has several agents") {
  const NodePlan plan = plan_of("n1:1,n1:1,n2:1,n1:1,n2:1");
  CHECK(plan.others == Wishes{{"n1", 1}, {"n2", 1}, {"n1", 1}, {"n2", 1}});
  CHECK(node_names(plan) == NodeTexts{"n1#2", "n2", "n1#3", "n2#2"});
}

TEST_CASE("this machine alone has no others") { CHECK(plan_of("n1:2").others.empty()); }
