// SPDX-License-Identifier: Apache-2.0
#include "host/output/worker_summary.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;

TEST_CASE("the summary has a line for each process in the order of the workers") {
  WorkerSummary summary;
  summary.add(1, 11, 5);
  summary.add(0, 10, 3);
  summary.add(-1, 12, 1);
  summary.add(0, 10, 2);
  summary.add(0, 13, 9);
  const std::string table = summary.table();
  CHECK(table ==
        "worker  pid  items   share\n"
        "w0       10      5  25.0 %\n"
        "w0       13      9  45.0 %\n"
        "w1       11      5  25.0 %\n"
        "none      -      1   5.0 %\n");
}
