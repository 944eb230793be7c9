// SPDX-License-Identifier: Apache-2.0
#include "host/failures/worker_place.hpp"

#include <nlohmann/json.hpp>

#include "host/failures/failure_file.hpp"
#include "host/failures/job_log.hpp"
#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::host;
using forkmap::ErrorKind;
using forkmap::ItemError;

namespace {

ItemError error_of(ErrorKind kind, std::string message) {
  ItemError error;
  error.kind = kind;
  error.message = std::move(message);
  error.pid = 4711;
  return error;
}

nlohmann::json line_of(const ItemError& error, const std::string& node) {
  const forkmap::cli::TestFolder folder;
  FailureFile file(folder.path() + "/failures");
  file.append(1, "text", error, node, "");
  file.flush();
  return nlohmann::json::parse(folder.read("failures"));
}

}  // namespace

TEST_CASE("a message that names a worker says on which node it was") {
  CHECK(message_with_node(error_of(ErrorKind::worker_died, "worker 4711 was killed by SIGSEGV"),
                          "n3") == "worker 4711 of node n3 was killed by SIGSEGV");
  CHECK(message_with_node(
            error_of(ErrorKind::timed_out,
                     "it ran longer than 10 ms (timeout), and worker 4711 was killed"),
            "n3") == "it ran longer than 10 ms (timeout), and worker 4711 of node n3 was killed");
  CHECK(message_with_node(error_of(ErrorKind::stale_registry,
                                   "function a:b was loaded in generation 2, after this pool's "
                                   "workers were forked from generation 1; worker 4711 looked"),
                          "n3") ==
        "function a:b was loaded in generation 2, after this pool's workers were forked from "
        "generation 1; worker 4711 of node n3 looked");
}

TEST_CASE("a message of this machine, or of a function, stays as it is") {
  CHECK(message_with_node(error_of(ErrorKind::worker_died, "worker 4711 died"), "") ==
        "worker 4711 died");
  CHECK(message_with_node(error_of(ErrorKind::function_error, "worker 4711 is no name"), "n3") ==
        "worker 4711 is no name");
  CHECK(message_with_node(error_of(ErrorKind::stale_registry, "no worker has it"), "n3") ==
        "no worker has it");
}

TEST_CASE("a line of --failures names the node, and only where there is one") {
  const ItemError error = error_of(ErrorKind::worker_died, "worker 4711 died");
  const nlohmann::json there = line_of(error, "n3");
  CHECK(there.at("node") == "n3");
  CHECK(there.at("message") == "worker 4711 of node n3 died");
  const nlohmann::json here = line_of(error, "");
  CHECK_FALSE(here.contains("node"));
  CHECK(here.at("message") == "worker 4711 died");
}

TEST_CASE("the job log has the node as its host, and a colon for this machine") {
  LoggedTask task;
  task.number = 3;
  task.command = "f";
  CHECK(to_line(task).starts_with("3\t:\t0.000\t"));
  task.host = "n3";
  CHECK(to_line(task).starts_with("3\tn3\t0.000\t"));
}
