// SPDX-License-Identifier: Apache-2.0
// Who may talk to a run, what else comes to its socket, and what is left of it.

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/catch.hpp"
#include "tests/command/item_lines.hpp"
#include "tests/command/process_tree.hpp"
#include "tests/command/status_socket.hpp"
#include "tests/kit/child_process.hpp"
#include "tests/kit/comes_true.hpp"

using namespace forkmap::cli;
using namespace std::chrono_literals;
using forkmap::base::UniqueFd;
using nlohmann::json;

namespace {

// A run with its first item done and its socket there, which takes its further items from the test.
class Run {
 public:
  Run() : process(launch_of({"run", "-j2", "arith:square"})) {
    process.write("1\n");
    REQUIRE(process.reads("1\n"));
    REQUIRE(wait_for_status_socket(process.pid()));
  }
  [[nodiscard]] std::string name() const { return status_name_of(process.pid()); }
  void ends_well() {
    const Ended ended = process.finish(numbers(2, 1000));
    CHECK(ended.status == 0);
    CHECK(count_of(ended.output, "\n") == 1000);
    CHECK(ended.errors == "");
  }
  ChildProcess process;
};

// In a child that has become user 65534: the run's answer to a request, through a pipe.
std::string asked_by_nobody(pid_t host) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const std::string name = status_name_of(host);
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::setresgid(kNobody, kNobody, kNobody) != 0) ::_exit(1);
    if (::setresuid(kNobody, kNobody, kNobody) != 0) ::_exit(1);
    const UniqueFd fd = connect_at(name);
    if (!fd) ::_exit(2);
    (void)send_some(fd.get(), kAskStatus);
    char bytes[4096];
    ssize_t count = 0;
    while ((count = ::read(fd.get(), bytes, sizeof bytes)) > 0) {
      if (::write(ends[1], bytes, static_cast<std::size_t>(count)) != count) ::_exit(3);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string said;
  char bytes[4096];
  for (ssize_t count = 0; (count = ::read(ends[0], bytes, sizeof bytes)) > 0;) {
    said.append(bytes, static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  return said;
}

}  // namespace

TEST_CASE("no socket is left, whether the run ends or is killed, and no other process had it") {
  for (const bool is_killed : {false, true}) {
    Run run;
    const auto inodes = socket_inodes(run.name());
    REQUIRE(inodes.size() == 1);
    REQUIRE(holds_socket(run.process.pid(), inodes));
    const pid_t zygote = children_of(run.process.pid()).at(0);
    CHECK_FALSE(holds_socket(zygote, inodes));
    for (const pid_t worker : children_of(zygote)) CHECK_FALSE(holds_socket(worker, inodes));
    if (is_killed) {
      run.process.signal(SIGKILL);
      CHECK(run.process.finish().signal == SIGKILL);
    } else {
      run.ends_well();
    }
    CHECK(socket_inodes(run.name()).empty());
  }
}

TEST_CASE("a zygote that is forked later has neither the socket nor its connections") {
  Run run;
  const UniqueFd client = connect_at(run.name());
  REQUIRE(client);
  REQUIRE(send_some(client.get(), kAskStatus));
  const json before = json::parse(read_line(client.get()));
  const pid_t zygote = children_of(run.process.pid()).at(0);
  ::kill(zygote, SIGKILL);
  const auto has_other = [&] {
    const auto children = children_of(run.process.pid());
    return std::ranges::any_of(
        children, [&](pid_t pid) { return pid != zygote && children_of(pid).size() == 2; });
  };
  REQUIRE(comes_true(has_other));
  const auto inodes = socket_inodes(run.name());  // of the connection's end, too
  REQUIRE(inodes.size() == 2);
  for (const pid_t child : children_of(run.process.pid())) {
    CHECK_FALSE(holds_socket(child, inodes));
    for (const pid_t worker : children_of(child)) CHECK_FALSE(holds_socket(worker, inodes));
  }
  // The connection outlives it.
  json after;
  const auto has_workers = [&] {  // of the zygote that has just begun the host has to hear
    if (!send_some(client.get(), kAskStatus)) return false;
    after = json::parse(read_line(client.get()));
    return !after.at("workers").empty();
  };
  REQUIRE(comes_true(has_workers));
  CHECK(after.at("workers").at(0).at("pid") != before.at("workers").at(0).at("pid"));
  run.ends_well();
}

TEST_CASE("another user is refused, and learns nothing") {
  if (::geteuid() != 0) {
    WARN("not run as root: no other user can be had");
    SUCCEED();
    return;
  }
  Run run;
  const json said = json::parse(asked_by_nobody(run.process.pid()));
  CHECK(said ==
        json({{"forkmap_status", 1}, {"error", "only the user of this run, and root, may ask"}}));
  CHECK(status_of(run.process.pid())["items"]["done"] == 1);
  run.ends_well();
}

TEST_CASE("what is no request gets an error, and costs the run nothing") {
  Run run;
  const auto fault = [&](std::string_view request) {
    return json::parse(ask(run.process.pid(), request)).at("error").get<std::string>();
  };
  CHECK(fault("hello\n") == "a request is one line with a JSON object");
  CHECK(fault("\n") == "a request is one line with a JSON object");
  CHECK(fault(std::string("\0\xff\n", 3)) == "a request is one line with a JSON object");
  CHECK(fault(std::string(900, '[') + "\n") == "a request is one line with a JSON object");
  CHECK(fault("{}\n") == "this run speaks version 1 of \"forkmap_status\"");
  CHECK(fault("{\"forkmap_status\":2,\"request\":\"status\"}\n") ==
        "this run speaks version 1 of \"forkmap_status\"");
  CHECK(fault("{\"forkmap_status\":1}\n") == "\"request\" must be status or resize");
  CHECK(fault("{\"forkmap_status\":1,\"request\":[\"status\"]}\n") ==
        "\"request\" must be status or resize");
  for (const std::string workers :
       {"0", "-1", "4097", "1.5", "\"2\"", "null", "1e9", "[1]", "99999999999999999999999"}) {
    CAPTURE(workers);
    CHECK(fault("{\"forkmap_status\":1,\"request\":\"resize\",\"workers\":" + workers + "}\n") ==
          "\"workers\" must be a number from 1 to 4096");
  }
  CHECK(children_of(children_of(run.process.pid()).at(0)).size() == 2);
  // A line without an end is given up.
  const UniqueFd endless = connect_at(run.name());
  REQUIRE(comes_true([&] { return !send_some(endless.get(), std::string(4096, 'x')); }));
  run.ends_well();
}

TEST_CASE("several requests at once are answered one by one") {
  Run run;
  const UniqueFd client = connect_at(run.name());
  REQUIRE(send_some(client.get(), std::string(kAskStatus) + std::string(kAskStatus) + "x\n"));
  CHECK(json::parse(read_line(client.get()))["items"]["done"] == 1);
  CHECK(json::parse(read_line(client.get()))["items"]["done"] == 1);
  CHECK(json::parse(read_line(client.get())).contains("error"));
  run.ends_well();
}

TEST_CASE("a client that asks and never reads holds up nobody") {
  Run run;
  const UniqueFd deaf = connect_at(run.name());
  const std::uint64_t before = private_bytes_of(run.process.pid());
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(send_some(deaf.get(), kAskStatus));
    std::this_thread::sleep_for(1ms);
  }
  CHECK(status_of(run.process.pid())["items"]["done"] == 1);
  CHECK(private_bytes_of(run.process.pid()) < before + (8 << 20));
  run.ends_well();
}

TEST_CASE("of a hundred clients those that came last are answered, and so is the next") {
  Run run;
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 100; ++i) clients.push_back(connect_at(run.name()));
  CHECK(status_of(run.process.pid())["items"]["done"] == 1);
  CHECK(comes_true(
      [&] { return socket_inodes(run.name()).size() <= 9; }));  // 8 and the one that listens
  REQUIRE(send_some(clients.back().get(), kAskStatus));
  CHECK(json::parse(read_line(clients.back().get()))["items"]["done"] == 1);
  CHECK(read_line(clients.front().get()) == "");
  run.ends_well();
}

TEST_CASE("clients that come and go all the time do not keep a run from its work") {
  Run run;
  const pid_t storm = ::fork();
  REQUIRE(storm >= 0);
  if (storm == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // however this test ends
    // Without the run's pipes, whose ends it waits for.
    for (int fd = 3; fd < 1024; ++fd) ::close(fd);
    const std::string name = run.name();
    for (;;) {
      const UniqueFd client = connect_at(name);
      (void)send_some(client.get(), "{");
    }
  }
  run.ends_well();
  ::kill(storm, SIGKILL);
  ::waitpid(storm, nullptr, 0);
}

TEST_CASE("who has taken the name of a run breaks nothing, and fools nobody") {
  Launch launch;
  launch.command = {"/bin/bash", "-c", "read && exec " FORKMAP_COMMAND " run -j2 arith:square"};
  ChildProcess process(launch);
  const UniqueFd squatter = listen_at(status_name_of(process.pid()));
  process.write("go\n1\n");
  REQUIRE(process.reads("1\n"));
  const std::string pid = std::to_string(process.pid());
  const Ended top = run_forkmap({"top", pid, "--json"});
  CHECK(top.status == 0);
  REQUIRE(json::accept(top.output));
  CHECK(json::parse(top.output)["pid"] == process.pid());
  CHECK(json::parse(top.output)["function"] == "arith:square");
  const Ended ended = process.finish("2\n");
  CHECK(ended.status == 0);
  CHECK(ended.output == "1\n4\n");
  CHECK(ended.errors == "");

  const Ended gone = run_forkmap({"top", pid});  // only the squatter is left
  CHECK(gone.status == 2);
  CHECK(contains(gone.errors, "there is no run of process " + pid));
}
