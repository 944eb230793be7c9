// SPDX-License-Identifier: Apache-2.0
// What becomes of the streams when a host or a courier is killed or stopped, or reads nothing.

#include <signal.h>

#include "tests/catch.hpp"
#include "tests/courier/mpi_run.hpp"

using namespace forkmap;
using namespace forkmap::courier;

namespace {

constexpr std::uint64_t kMebibyte = 1U << 20U;
// What one stream may hold on its way: a share of 4 MiB at each courier, what MPI keeps of one, and
// the buffers of sockets.
constexpr std::uint64_t kOnTheWay = 16 * kMebibyte;
constexpr std::uint64_t kUnbounded = 200 * kMebibyte;

// A stream is usable both ways. Its far end echoes.
void check_alive(const NearEnd& near) {
  const StreamBytes bytes(11);
  std::vector<Flow> flows = {{near, bytes, 2'000'000, 2'000'000}};
  pass(flows);
  CHECK(flows[0].right);
}

// mpirun did not have to be killed. Its status says nothing when a rank was: Open MPI 4.1 crashes
// now and then while it ends (PMIx_server_finalize).
void check_ended_by_itself(const cli::Ended& mpirun) {
  INFO(mpirun.output << mpirun.errors);
  CHECK(mpirun.signal != SIGKILL);
}

}  // namespace

TEST_CASE("a far host that is killed shows as the end of its stream, and others go on") {
  if (!has_mpi()) return;
  MpiRun run(3);
  for (NearEnd& near : run.ends()) near.send("echo\n");
  check_alive(run.with(1));
  run.with(1).signal_host(SIGKILL);
  CHECK(run.with(1).reads_to_end() == "");
  check_alive(run.with(2));
  for (NearEnd& near : run.ends()) near.close();
  check_ended_by_itself(run.finish());
}

TEST_CASE("a far courier that is killed is silent, its host sees the end, and others go on") {
  if (!has_mpi()) return;
  MpiRun run(3);
  for (NearEnd& near : run.ends()) near.send("echo\n");
  check_alive(run.with(1));
  run.with(1).signal_courier(SIGKILL);
  check_alive(run.with(2));
  CHECK(run.with(1).is_silent());
  for (NearEnd& near : run.ends()) near.close();
  run.wait_for_courier();  // though one peer answers nothing
  const cli::Ended ended = run.finish();
  check_ended_by_itself(ended);
  CHECK(cli::contains(ended.output, "far end: echoed, courier: 137\n"));
  CHECK(cli::contains(ended.output, "far end: echoed, courier: 0\n"));
}

TEST_CASE("a far courier that is stopped loses nothing, and others go on") {
  if (!has_mpi()) return;
  MpiRun run(3);
  run.with(1).send("take 3\n");
  run.with(2).send("echo\n");
  const StreamBytes bytes(3);
  run.with(1).signal_courier(SIGSTOP);
  const std::uint64_t taken = run.with(1).fill(bytes, 0, kUnbounded);
  CHECK(taken < kOnTheWay);
  check_alive(run.with(2));
  CHECK(run.with(1).is_silent());
  run.with(1).signal_courier(SIGCONT);
  run.with(1).end();
  CHECK(run.with(1).reads_to_end() == std::to_string(taken) + " right");
  for (NearEnd& near : run.ends()) near.close();
  CHECK(run.finish().status == 0);
}

TEST_CASE("far hosts that read nothing stop their own streams only, and cost a bounded memory") {
  if (!has_mpi()) return;
  MpiRun run(4);
  const StreamBytes bytes(3);
  const std::uint64_t before = peak_bytes(run.courier());
  const std::uint64_t far_before = peak_bytes(run.with(1).courier());
  std::vector<std::uint64_t> taken(2);
  for (const int rank : {1, 2}) {
    run.with(rank).send("deaf 3\n");
    taken.at(static_cast<std::size_t>(rank - 1)) = run.with(rank).fill(bytes, 0, kUnbounded);
  }
  run.with(3).send("echo\n");
  check_alive(run.with(3));
  for (const std::uint64_t each : taken) CHECK(each < kOnTheWay);
  CHECK(peak_bytes(run.courier()) - before < 2 * kOnTheWay);
  CHECK(peak_bytes(run.with(1).courier()) - far_before < 2 * kOnTheWay);
  for (const int rank : {1, 2}) {
    run.with(rank).signal_host(SIGUSR1);
    run.with(rank).end();
    CHECK(run.with(rank).reads_to_end() ==
          std::to_string(taken.at(static_cast<std::size_t>(rank - 1))) + " right");
  }
  for (NearEnd& near : run.ends()) near.close();
  CHECK(run.finish().status == 0);
}

TEST_CASE("short messages that nobody reads cost a bounded memory, too") {
  // MPI takes those that are short enough off the wire before anybody asks for them.
  if (!has_mpi()) return;
  MpiRun run(2);
  const StreamBytes bytes(3);
  NearEnd& near = run.with(1);
  const std::uint64_t far_before = peak_bytes(near.courier());
  near.send("deaf 3\n");
  const std::uint64_t taken = near.fill_in_pieces(bytes, 20'000, kUnbounded);
  CHECK(taken < kOnTheWay);
  CHECK(peak_bytes(near.courier()) - far_before < 2 * kOnTheWay);
  near.signal_host(SIGUSR1);
  near.end();
  CHECK(near.reads_to_end() == std::to_string(taken) + " right");
  near.close();
  CHECK(run.finish().status == 0);
}

TEST_CASE("a near host that does not read two streams reads a third, in a bounded memory") {
  if (!has_mpi()) return;
  MpiRun run(4);
  const std::uint64_t before = peak_bytes(run.courier());
  const StreamBytes bytes(3);
  for (NearEnd& near : run.ends()) near.send("give 60000000 3\n");
  std::vector<Flow> third = {{run.with(3), bytes, 0, 60'000'000}};
  pass(third);
  CHECK(third[0].right);
  // Of the others as much has come as will come unread.
  CHECK(peak_bytes(run.courier()) - before < 3 * kOnTheWay);
  std::vector<Flow> others = {{run.with(1), bytes, 0, 60'000'000},
                              {run.with(2), bytes, 0, 60'000'000}};
  pass(others);
  for (const Flow& flow : others) CHECK(flow.right);
  CHECK(peak_bytes(run.courier()) - before < 3 * kOnTheWay);
  for (NearEnd& near : run.ends()) near.close();
  CHECK(run.finish().status == 0);
}

TEST_CASE("a failure of MPI ends the stream of that peer only") {
  if (!has_mpi()) return;
  const std::string way = GENERATE("send", "request");
  INFO(way);
  auto environment = cli::preloading(FORKMAP_FAILING_MPI);
  environment["FAILING_MPI"] = way;
  MpiRun run(3, environment);
  run.with(2).send("echo\n");
  check_alive(run.with(2));
  run.with(1).send("echo\n");
  CHECK(run.with(1).reads_to_end() == "");
  check_alive(run.with(2));
  for (NearEnd& near : run.ends()) near.close();
  run.wait_for_courier();
  run.with(1).signal_courier(SIGKILL);  // nobody can tell it
  const cli::Ended ended = run.finish();
  check_ended_by_itself(ended);
  CHECK(cli::count_of(ended.errors, "forkmap-courier: MPI failed for rank 1; its stream ends\n") ==
        1);
  CHECK(!cli::contains(ended.errors, "for rank 2"));
}

TEST_CASE("a failure of MPI that is nobody's in particular ends all streams") {
  if (!has_mpi()) return;
  auto environment = cli::preloading(FORKMAP_FAILING_MPI);
  environment["FAILING_MPI"] = "look";
  MpiRun run(3, environment);
  run.with(1).send("echo\n");
  for (NearEnd& near : run.ends()) CHECK(near.reads_to_end() == "");
  run.wait_for_courier();
  for (NearEnd& near : run.ends()) near.signal_courier(SIGKILL);
  const cli::Ended ended = run.finish();
  check_ended_by_itself(ended);
  CHECK(cli::contains(ended.errors, "forkmap-courier: MPI failed for rank 1; its stream ends\n"));
  CHECK(cli::contains(ended.errors, "forkmap-courier: MPI failed for rank 2; its stream ends\n"));
}
