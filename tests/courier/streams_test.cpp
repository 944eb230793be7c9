// SPDX-License-Identifier: Apache-2.0
// What passes between the hosts of couriers, whole and in order, and where it ends.

#include "tests/catch.hpp"
#include "tests/courier/mpi_run.hpp"

using namespace forkmap;
using namespace forkmap::courier;

namespace {

constexpr std::uint64_t kLong = 100'000'000;

// Both directions have ended at the far ends, too, and their couriers have ended.
void check_end(MpiRun& run, const std::string& said, std::size_t far_ends) {
  const cli::Ended ended = run.finish();
  INFO(ended.output << ended.errors);
  CHECK(ended.status == 0);
  CHECK(cli::count_of(ended.output, "far end: " + said + ", courier: 0\n") == far_ends);
}

}  // namespace

TEST_CASE("two ranks pass 100 MB both ways at once, by TCP and by shared memory") {
  if (!has_mpi()) return;
  const std::string way = GENERATE("self,tcp", "self,vader");
  MpiRun run(2, {{"OMPI_MCA_btl", way}});
  NearEnd& near = run.with(1);
  near.send("echo\n");
  const StreamBytes bytes(1);
  std::vector<Flow> flows = {{near, bytes, kLong, kLong}};
  pass(flows);
  CHECK(flows[0].right);
  near.end();
  CHECK(near.reads_to_end() == "");
  near.close();
  check_end(run, "echoed", 1);
}

TEST_CASE("four ranks pass streams of no byte, of one and of 100 MB beside each other") {
  if (!has_mpi()) return;
  MpiRun run(4);
  for (NearEnd& near : run.ends()) near.send("echo\n");
  const std::vector<StreamBytes> bytes = {StreamBytes(1), StreamBytes(2), StreamBytes(3)};
  std::vector<Flow> flows = {{run.with(1), bytes[0], 0, 0},
                             {run.with(2), bytes[1], 1, 1},
                             {run.with(3), bytes[2], kLong, kLong}};
  pass(flows);
  for (const Flow& flow : flows) CHECK(flow.right);
  for (NearEnd& near : run.ends()) {
    near.end();
    CHECK(near.reads_to_end() == "");
    near.close();
  }
  check_end(run, "echoed", 3);
}

TEST_CASE("four ranks pass 100 MB each, one way") {
  if (!has_mpi()) return;
  MpiRun run(4);
  const std::vector<StreamBytes> bytes = {StreamBytes(1), StreamBytes(2), StreamBytes(3)};
  std::vector<Flow> flows;
  for (std::size_t i = 0; i < 3; ++i) {
    run.ends()[i].send("take " + std::to_string(i + 1) + "\n");
    flows.push_back({run.ends()[i], bytes[i], kLong, 0});
  }
  pass(flows);
  for (NearEnd& near : run.ends()) {
    near.end();
    CHECK(near.reads_to_end() == "100000000 right");
    near.close();
  }
  check_end(run, "100000000 right", 3);
}

TEST_CASE("the end of one direction leaves the other one open") {
  if (!has_mpi()) return;
  MpiRun run(3);
  // Here the far end ends first, and takes what comes afterwards.
  NearEnd& first = run.with(1);
  first.send("give 1000000 7\n");
  const StreamBytes bytes(7);
  std::vector<Flow> gift = {{first, bytes, 0, 1'000'000}};
  pass(gift);
  CHECK(gift[0].right);
  CHECK(first.reads_to_end() == "");
  std::vector<Flow> answer = {{first, bytes, 3'000'000, 0}};
  pass(answer);
  first.end();
  // Here this end does, and is answered afterwards.
  NearEnd& second = run.with(2);
  second.send("take 7\n");
  std::vector<Flow> other = {{second, bytes, 3'000'000, 0}};
  pass(other);
  second.end();
  CHECK(second.reads_to_end() == "3000000 right");
  check_end(run, "3000000 right", 2);
}

TEST_CASE("a host that closes its sockets ends both directions, and what it wrote before arrives") {
  if (!has_mpi()) return;
  MpiRun run(3);
  const StreamBytes bytes(5);
  for (NearEnd& near : run.ends()) {
    near.send("give 50000000 5\n");
    CHECK(near.fill(bytes, 0, 100'000) == 100'000);
    near.close();
  }
  // The far ends write to nobody for a while, and end.
  const cli::Ended ended = run.finish();
  INFO(ended.output << ended.errors);
  CHECK(ended.status == 0);
  CHECK(cli::count_of(ended.output, "far end: 100000 right, courier: 0\n") == 2);
}
