// SPDX-License-Identifier: Apache-2.0
// What --nodes may say.

#include "host/options/node_options.hpp"

#include "host/cli/usage_error.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;

namespace {

NodeOptions nodes_of(const std::string& text) {
  NodeOptions options;
  set_nodes(text, options);
  return options;
}

}  // namespace

TEST_CASE("machines are named, with or without a number of workers") {
  const NodeOptions options = nodes_of("n1,n2:8,10.0.0.7:4096");
  CHECK(options.source == NodeOptions::Source::list);
  CHECK(options.list == std::vector<NodeWish>{{"n1", 0}, {"n2", 8}, {"10.0.0.7", 4096}});
  CHECK(options.are_wanted());
}

TEST_CASE("machines may be those of an allocation, or ranks, or none") {
  CHECK(nodes_of("slurm").source == NodeOptions::Source::slurm);
  CHECK(nodes_of("mpi").source == NodeOptions::Source::mpi);
  CHECK_FALSE(nodes_of("none").are_wanted());
  CHECK(nodes_of("none").list.empty());
}

TEST_CASE("what names no machine is refused") {
  for (const char* const text :
       {"", ",", "n1,", ",n1", "n1,,n2", "n1:", "n1:0", "n1:x", "n1:4097", "n1:-1", ":8", "-n1"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(nodes_of(text), UsageError);
  }
}

TEST_CASE("nodes do not go with --serial, and options about them need them") {
  CHECK_THROWS_AS(check_node_options(nodes_of("n1"), true, false), UsageError);
  CHECK_NOTHROW(check_node_options(nodes_of("n1"), false, true));
  NodeOptions stale;
  stale.leave_out_stale = true;
  CHECK_THROWS_AS(check_node_options(stale, false, false), UsageError);
  NodeOptions alone;
  alone.ship_plugins = true;
  CHECK_THROWS_AS(check_node_options(alone, false, false), UsageError);
  NodeOptions shipping = nodes_of("n1");
  shipping.ship_plugins = true;
  CHECK_NOTHROW(check_node_options(shipping, false, false));
  CHECK_THROWS_AS(check_node_options(shipping, false, true), UsageError);
}
