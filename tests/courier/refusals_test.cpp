// SPDX-License-Identifier: Apache-2.0
// What a courier says that cannot start, and what it says of itself.

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/catch.hpp"
#include "tests/courier/abstract_socket.hpp"
#include "tests/courier/mpi_run.hpp"

using namespace forkmap;
using namespace forkmap::courier;

namespace {

[[nodiscard]] std::string own_name(const std::string& what) {
  return "@forkmap/test-" + std::to_string(::getpid()) + "-" + what;
}

[[nodiscard]] cli::Ended run_courier(const std::vector<std::string>& arguments,
                                     const std::map<std::string, std::string>& environment = {
                                         {"FORKMAP_COURIER_NONCE", kNonce}}) {
  ::unsetenv("FORKMAP_COURIER_NONCE");
  cli::Launch launch;
  launch.command = {FORKMAP_COURIER};
  launch.command.insert(launch.command.end(), arguments.begin(), arguments.end());
  launch.environment = environment;
  return cli::ChildProcess(launch).finish();
}

void check_refused(const cli::Ended& ended, const std::string& what, const std::string& remedy) {
  INFO(ended.errors);
  CHECK(ended.status == 2);
  CHECK(ended.output == "");
  CHECK(ended.errors.starts_with("forkmap-courier: " + what));
  CHECK(cli::contains(ended.errors, remedy));
}

}  // namespace

TEST_CASE("a courier says what it is, and for which MPI") {
  if (!has_mpi()) return;
  const cli::Ended version = run_courier({"--version"}, {});
  CHECK(version.status == 0);
  CHECK(version.output.starts_with("forkmap-courier FKMCOUR1, for "));
  const cli::Ended help = run_courier({"--help"}, {});
  CHECK(help.status == 0);
  CHECK(help.output.starts_with("usage: forkmap-courier --connect @NAME\n"));
  CHECK(cli::contains(help.output, "mpicxx -O2 -std=c++20 courier.cpp"));
}

TEST_CASE("a courier without a usable socket says so") {
  if (!has_mpi()) return;
  check_refused(run_courier({}), "--connect @NAME is expected\n", "usage: ");
  check_refused(run_courier({"--connect"}), "--connect @NAME is expected\n", "usage: ");
  check_refused(run_courier({"--connect", "@a", "b"}), "--connect @NAME is expected\n", "usage: ");
  check_refused(run_courier({"--connect", "/tmp/socket"}),
                "no name of an abstract socket: /tmp/socket\n", "It has @");
  const std::string longest = "@" + std::string(107, 'x');
  check_refused(run_courier({"--connect", longest + "x"}), "no name of an abstract socket: @xxx",
                "It has @");
  check_refused(run_courier({"--connect", longest}), "cannot connect to the socket " + longest,
                "has to listen there");
  check_refused(run_courier({"--connect", own_name("nobody")}),
                "cannot connect to the socket " + own_name("nobody") + ": Connection refused\n",
                "A forkmap of this machine");
}

TEST_CASE("a courier without a nonce says so") {
  if (!has_mpi()) return;
  const std::vector<std::string> arguments = {"--connect", own_name("nonce")};
  const std::string remedy = "let forkmap start the courier";
  check_refused(run_courier(arguments, {}), "FORKMAP_COURIER_NONCE is missing\n", remedy);
  for (const char* const nonce :
       {"", "0011223344556677", "00112233445566778899aabbccddeefg",
        "00112233445566778899AABBCCDDEEFF", "00112233445566778899aabbccddeeff0"}) {
    check_refused(run_courier(arguments, {{"FORKMAP_COURIER_NONCE", nonce}}),
                  "FORKMAP_COURIER_NONCE is not 32 hexadecimal digits, in lower case\n", remedy);
  }
}

TEST_CASE("a courier refuses the socket of another user") {
  if (!has_mpi()) return;
  if (::geteuid() != 0) {
    WARN("SKIPPED: not run as root: no other user can be had");
    SUCCEED();
    return;
  }
  const std::string name = own_name("other");
  const base::Pipe listens = base::make_pipe();
  const pid_t other = ::fork();
  if (other == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::setuid(65534) != 0) ::_exit(1);
    const base::UniqueFd listener = listen_at(name, 1);
    if (::write(listens.write.get(), "x", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char byte = 0;
  REQUIRE(::read(listens.read.get(), &byte, 1) == 1);
  const cli::Ended ended = run_courier({"--connect", name});
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
  check_refused(ended, "the socket " + name + " belongs to user 65534\n",
                "have to run as one user; this is 0");
}

TEST_CASE("a courier that is the only rank says so") {
  if (!has_mpi()) return;
  const std::string name = own_name("alone");
  const base::UniqueFd listener = listen_at(name, 1);
  check_refused(run_courier({"--connect", name}),
                "this is the only rank of MPI, so there is nobody to talk to\n",
                "mpirun starts it");
}
