// SPDX-License-Identifier: Apache-2.0
#include "host/output/worker_summary.hpp"
#include "tests/catch.hpp"

using namespace forkmap::host;

TEST_CASE("the summary has a line for each process in the order of the workers") {
  WorkerSummary summary;
  summary.add(0, 1, 11, 5);
  summary.add(0, 0, 10, 3);
  summary.add(0, -1, 12, 1);
  summary.add(0, 0, 10, 2);
  summary.add(0, 0, 13, 9);
  const std::string table = summary.table({});
  CHECK(table ==
        "worker  pid  items   share\n"
        "w0       10      5  25.0 %\n"
        "w0       13      9  45.0 %\n"
        "w1       11      5  25.0 %\n"
        "none      -      1   5.0 %\n");
}

TEST_CASE("workers of one number and one pid on two machines are two in the summary") {
  NodeNames nodes;
  nodes.set({"n1", "n2"});
  WorkerSummary summary;
  summary.add(2, 0, 10, 3);
  summary.add(0, 0, 10, 4);
  summary.add(1, 0, 10, 1);
  summary.add(2, 0, 10, 1);
  summary.add(2, -1, 0, 1);
  CHECK(summary.table(nodes) ==
        "node  worker  pid  items   share\n"
        "here  w0       10      4  40.0 %\n"
        "n1    w0       10      1  10.0 %\n"
        "n2    w0       10      4  40.0 %\n"
        "-     none      -      1  10.0 %\n");
}
