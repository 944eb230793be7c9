// SPDX-License-Identifier: Apache-2.0
#include "host/failure_groups.hpp"

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap;
using namespace forkmap::host;
using forkmap::cli::contains;
using forkmap::cli::count_of;

namespace {

ItemError death_at(const std::string& place) {
  ItemError error;
  error.kind = ErrorKind::worker_died;
  error.function = "p:f";
  error.message = "worker 4711 was killed by SIGSEGV";
  error.place = place;
  error.signal = 11;
  return error;
}

ItemError exit_with(int status) {
  ItemError error;
  error.kind = ErrorKind::worker_died;
  error.function = "p:f";
  error.exit_status = status;
  return error;
}

ItemError said(const std::string& message) {
  ItemError error;
  error.kind = ErrorKind::function_error;
  error.function = "p:f";
  error.message = message;
  return error;
}

}  // namespace

TEST_CASE("deaths at one frame are one group, whatever their pids, and the largest stands first") {
  FailureGroups groups;
  groups.add(death_at("in a.so: f+0x6"), 7);
  for (std::uint64_t item = 10; item < 20; ++item) groups.add(death_at("in a.so: f+0x9"), item);
  const auto largest = groups.largest(10);
  REQUIRE(largest.size() == 2);
  CHECK(largest[0].where == "in a.so: f+0x9");
  CHECK(largest[0].count == 10);
  CHECK(items_text(largest[0]) == "10, 11, 12, ...");
  CHECK(items_text(largest[1]) == "7");
  CHECK(groups.text().starts_with("11 failures at 2 places:\n"));
  CHECK(count_of(groups.text(), "\n") == 2);
  CHECK(groups.largest(1).size() == 1);
}

TEST_CASE("deaths without a frame are grouped by how the worker ended") {
  FailureGroups groups;
  for (const int status : {3, 7, 3}) groups.add(exit_with(status), 1);
  groups.add(death_at(""), 2);
  const auto largest = groups.largest(10);
  REQUIRE(largest.size() == 3);
  CHECK(largest[0].where == "exited with status 3");
  CHECK(largest[0].count == 2);
  CHECK(largest[2].where == "killed by SIGSEGV");
}

TEST_CASE("messages that differ in numbers and quoted texts only are one group") {
  FailureGroups groups;
  groups.add(said("page 17 of \"a.pdf\" is torn"), 1);
  groups.add(said("page 8 of \"b 2.pdf\" is torn\nsecond line"), 2);
  groups.add(said("page 8 is missing"), 3);
  groups.add(said("an \"open quote 7"), 4);
  groups.add(said(""), 5);
  CHECK(groups.largest(10).size() == 5);  // the second has another line
  groups.add(said("page 9 of \"c.pdf\" is torn"), 6);
  CHECK(groups.largest(10)[0].count == 2);
  CHECK(groups.largest(10)[0].where == "page 17 of \"a.pdf\" is torn");
}

TEST_CASE("groups of different functions and kinds are apart, and cancelled items are none") {
  FailureGroups groups;
  CHECK(groups.empty());
  CHECK(groups.text() == "");
  ItemError cancelled = said("cancelled");
  cancelled.kind = ErrorKind::cancelled;
  groups.add(cancelled, 1);
  CHECK(groups.empty());
  ItemError other = said("x");
  other.function = "p:g";
  groups.add(said("x"), 1);
  groups.add(other, 2);
  CHECK(groups.text().starts_with("2 failures at 2 places:\n"));
}

TEST_CASE("more places than are kept are counted") {
  FailureGroups groups;
  for (int i = 0; i < 1500; ++i) groups.add(death_at("in a.so: f+0x" + std::to_string(i)), 1);
  CHECK(groups.largest(10'000).size() == 1000);
  CHECK(groups.text().starts_with("1500 failures at 1000 or more places:\n"));
  CHECK(groups.text().ends_with("\nand 1480 at other places"));
  CHECK_FALSE(contains(groups.text(), "\n\n"));
}
