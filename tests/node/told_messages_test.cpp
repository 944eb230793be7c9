// SPDX-License-Identifier: Apache-2.0
//
// Messages about workers: there and back, cut short, and changed at random.
#include <string>

#include "core/node/messages.hpp"
#include "tests/catch.hpp"
#include "tests/node/changed_messages.hpp"

namespace forkmap::testing {

using node::to_message;

TEST_CASE("what was printed comes back as it was") {
  node::Printed printed{.cut_bytes = 3, .bytes = std::string("so\0far\n", 7)};
  printed.lines = {{0, 4711, "a line"}, {4095, 1, ""}};
  node::Printed to;
  REQUIRE(from_message(to_message(printed), to).empty());
  CHECK(to.cut_bytes == 3);
  CHECK(to.bytes == printed.bytes);
  REQUIRE(to.lines.size() == 2);
  CHECK(to.lines[0].worker == 0);
  CHECK(to.lines[0].pid == 4711);
  CHECK(to.lines[0].line == "a line");
  CHECK(to.lines[1].worker == 4095);
  check_cuts<node::Printed>(to_message(printed));
  check_noise<node::Printed>(to_message(printed));
  printed.lines[0].worker = -1;
  CHECK(from_message(to_message(printed), to) == "a worker that cannot be");
  printed.bytes.resize(node::kMostPrintedBytes);
  CHECK(from_message(to_message(printed), to) == "more output at once than an agent sends");
}

}  // namespace forkmap::testing
