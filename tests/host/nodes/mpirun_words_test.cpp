// SPDX-License-Identifier: Apache-2.0
// The command line of mpirun.

#include "host/nodes/mpirun_words.hpp"

#include "tests/catch.hpp"

using namespace forkmap::host;

TEST_CASE("each machine has a context of its own, in the order of the ranks") {
  const std::vector<std::string> words = mpirun_words({.here = "n1",
                                                       .courier = "/c",
                                                       .door = "@door",
                                                       .program = "/forkmap",
                                                       .folder = "/work here",
                                                       .nodes = {"n3", "n2"},
                                                       .workers = "0,8",
                                                       .words = {"--seed", "7", "a:f"},
                                                       .variables = {"OMP_NUM_THREADS"}});
  std::string line;
  for (const std::string& word : words) line += word + "|";
  CHECK(line ==
        "mpirun|--enable-recovery|--bind-to|none|--oversubscribe|--mca|opal_event_include|epoll|"
        "--wdir|/work here|"
        "-n|1|--host|n1|-x|OMP_NUM_THREADS|/c|--connect|@door|"
        ":|-n|1|--host|n3|-x|OMP_NUM_THREADS|/forkmap|agent|0,8|--seed|7|a:f|"
        ":|-n|1|--host|n2|-x|OMP_NUM_THREADS|/forkmap|agent|0,8|--seed|7|a:f|");
}
