// SPDX-License-Identifier: Apache-2.0
//
// Runs where the system gives less than was asked for: addresses, processes, descriptors, a stack,
// /proc, /dev/null.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/kit/child_process.hpp"

using namespace forkmap::cli;
namespace fs = std::filesystem;

namespace {

const std::vector<std::string> kItems = {"1", "2", "3"};
const std::string kResults = "1\n2\n3\n";

std::string echo() { return test_plugin("deadly") + ":be_traced"; }

// A run of the three items, begun by a shell after `script`.
Ended run_after(const std::string& script, std::vector<std::string> options,
                const std::string& function = echo()) {
  options.insert(options.begin(), "run");
  options.push_back(function);
  options.insert(options.end(), kItems.begin(), kItems.end());
  Launch launch = launch_of(std::move(options));
  const std::vector<std::string> shell = {"/bin/sh", "-c", script + " && exec \"$@\"", "sh"};
  launch.command.insert(launch.command.begin(), shell.begin(), shell.end());
  return ChildProcess(launch).finish();
}

bool can_mount() {
  Launch launch{.command = {"/bin/sh", "-c", "unshare --mount mount -t tmpfs none /mnt"}};
  return ChildProcess(launch).finish().status == 0;
}

// The same in a mount namespace of its own, in which `folder` is empty.
Ended run_without(const std::string& folder, std::vector<std::string> options) {
  options.insert(options.begin(), "run");
  options.push_back(echo());
  options.insert(options.end(), kItems.begin(), kItems.end());
  Launch launch = launch_of(std::move(options));
  const std::vector<std::string> shell = {"/usr/bin/env",
                                          "unshare",
                                          "--mount",
                                          "/bin/sh",
                                          "-c",
                                          "mount -t tmpfs none " + folder + " && exec \"$@\"",
                                          "sh"};
  launch.command.insert(launch.command.begin(), shell.begin(), shell.end());
  return ChildProcess(launch).finish();
}

}  // namespace

// The address sanitizer needs more addresses, processes and files than there are here.
#if !defined(FORKMAP_SANITIZED)
TEST_CASE("lanes of all workers fit into the addresses that there are") {
  const auto limit_kib = GENERATE(36'000'000, 8'000'000, 3'000'000);
  const std::string workers = GENERATE("1", "8", "16");
  CAPTURE(limit_kib, workers);
  const Ended run = run_after("ulimit -v " + std::to_string(limit_kib), {"-j", workers});
  CHECK(run.errors.empty());
  CHECK(run.output == kResults);
  CHECK(run.status == 0);
}
#endif

#if !defined(FORKMAP_SANITIZED)
TEST_CASE("where not even the smallest lanes fit, the message names the limit and the remedy") {
  const Ended run = run_after("ulimit -v 1000000", {"-j", "200"});
  CHECK(run.status == 3);
  CHECK(contains(run.errors, "ulimit -v"));
  CHECK(contains(run.errors, "fewer workers (-j"));
}
#endif

TEST_CASE("a run begins with the workers that it has descriptors for, and says so") {
  const Ended run = run_after("ulimit -n 64", {"-j", "100"});
  CHECK(run.status == 0);
  CHECK(run.output == kResults);
  CHECK(contains(run.errors, " of 100 workers can be started (open files are limited: ulimit -n"));
}

TEST_CASE("without descriptors for a single worker the run fails at once, with the cause") {
  const Ended run = run_after("ulimit -n 24", {"-j", "4"});
  CHECK(run.status == 3);
  CHECK(run.output.empty());
  CHECK(contains(run.errors, "ulimit -n is 24"));
}

#if !defined(FORKMAP_SANITIZED)
TEST_CASE("a run begins with the processes that it can have, and says so") {
  if (::geteuid() != 0) {
    SUCCEED("only root can become a user with no other process");
    return;
  }
  const TestFolder folder;
  fs::permissions(folder.path(), fs::perms(0755));
  const std::string plugin = folder.path() + "/deadly.so";
  fs::copy_file(test_plugin("deadly"), plugin);
  const std::string forkmap = folder.path() + "/forkmap";
  fs::copy_file(launch_of({}).command.front(), forkmap);
  const auto run_with = [&](int processes) {
    // A user that nobody else is likely to be, not even another run of this test.
    const std::string user = std::to_string(20'000 + ::getpid() % 40'000);
    const std::vector<std::string> command = {"/usr/bin/env",
                                              "setpriv",
                                              "--reuid=" + user,
                                              "--regid=" + user,
                                              "--clear-groups",
                                              "prlimit",
                                              "--nproc=" + std::to_string(processes),
                                              forkmap,
                                              "run",
                                              "-j",
                                              "4",
                                              plugin + ":be_traced",
                                              "1",
                                              "2",
                                              "3"};
    return ChildProcess({.command = command}).finish();
  };
  for (const int processes : {3, 5}) {
    const Ended run = run_with(processes);
    CHECK(run.status == 0);
    CHECK(run.output == kResults);
    CHECK(contains(run.errors, "only " + std::to_string(processes - 2) +
                                   " of 4 workers could be started (fork: "));
    CHECK(contains(run.errors, "ulimit -u is " + std::to_string(processes)));
  }
  const Ended none = run_with(1);
  CHECK(none.status == 3);
  CHECK(contains(none.errors, "ulimit -u is 1"));
}
#endif

TEST_CASE("a stack that is too small is refused for what it is") {
  const Ended run = run_after("ulimit -s 64", {});
  CHECK(run.status == 2);
  CHECK(contains(run.errors, "the stack is limited to 64 KiB (ulimit -s)"));
}

#if !defined(FORKMAP_SANITIZED)
TEST_CASE("a run needs no /proc") {
  if (!can_mount()) {
    SUCCEED("no mount namespace can be made here");
    return;
  }
  const Ended run = run_without("/proc", {"-j", "2"});
  CHECK(run.errors.empty());
  CHECK(run.output == kResults);
}
#endif

TEST_CASE("a run needs no /dev/null, but to discard what workers print") {
  if (!can_mount()) {
    SUCCEED("no mount namespace can be made here");
    return;
  }
  const Ended run = run_without("/dev", {"-j", "2"});
  CHECK(run.errors.empty());
  CHECK(run.output == kResults);
  const Ended discarding = run_without("/dev", {"-j", "2", "--worker-output", "discard"});
  CHECK(discarding.status == 3);
  CHECK(contains(discarding.errors, "needs /dev/null"));
}
