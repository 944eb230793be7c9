// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/probe.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <forkmap/registry.hpp>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/catch.hpp"
#include "tests/kit/forked.hpp"
#include "tests/plugin/plugin_files.hpp"

using namespace plugin_test;
using namespace forkmap::plugin;

namespace {

std::string reason_of(const std::string& plugin, int time_limit_ms = 30'000) {
  forkmap::Registry registry;
  const auto error =
      load_error([&] { registry.load(bad(plugin), {.probe_timeout_ms = time_limit_ms}); });
  if (!error) return "loaded";
  CHECK(registry.generation() == 0);
  return error->step() + ": " + error->reason();
}

// Standard output goes to a file while this lives.
class StandardOutputFile {
 public:
  StandardOutputFile() : former_(::dup(STDOUT_FILENO)), file_(folder_.file("output")) {
    std::fflush(stdout);
    const int target = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ::dup2(target, STDOUT_FILENO);
    ::close(target);
  }
  StandardOutputFile(const StandardOutputFile&) = delete;
  StandardOutputFile& operator=(const StandardOutputFile&) = delete;
  ~StandardOutputFile() {
    std::fflush(stdout);
    ::dup2(former_, STDOUT_FILENO);
    ::close(former_);
  }
  [[nodiscard]] std::string content() const {
    std::ifstream file(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  TemporaryFolder folder_;
  int former_;
  std::string file_;
};

void probe_alone(const std::string& path) {
  ProbeEnd end;
  (void)probe(open_plugin(path, false), std::chrono::seconds(30), end);
}

// From now on this process gets no pidfd, as if no descriptor were left at that moment.
bool refuse_pidfds() {
  std::array<sock_filter, 4> filter = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EMFILE),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {filter.size(), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int signals_by_number = 0;  // that this process has sent

bool has_no_child() { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

}  // namespace

// In place of the C library's, for this program.
extern "C" int kill(pid_t pid, int signal) noexcept {
  ++signals_by_number;
  return static_cast<int>(::syscall(SYS_kill, pid, signal));
}

TEST_CASE("A15: whatever a constructor does to the probe becomes a reason, and the host lives on") {
  CHECK(reason_of("crashes_in_constructor")
            .starts_with("open: killed by SIGSEGV while its constructors ran"));
  CHECK(reason_of("aborts_in_constructor").starts_with("open: killed by SIGABRT"));
  CHECK(reason_of("exits_in_constructor")
            .starts_with("open: it called exit(0) while its constructors ran"));
  CHECK(
      reason_of("leaves_in_constructor").starts_with("open: it ended its process, with status 0"));
  const std::string thrown = reason_of("throws_in_constructor");
  CHECK(thrown.starts_with("open: killed by SIGABRT"));
  CHECK(thrown.find("thrown in a constructor") != std::string::npos);
  CHECK(reason_of("crashing_descriptor").starts_with("descriptor: killed by SIGABRT"));
  CHECK(has_no_child());
}

TEST_CASE("a constructor that hangs is stopped by the time limit") {
  CHECK(reason_of("hangs_in_constructor", 300) ==
        "open: not done after 300 ms, while its constructors ran");
  CHECK(has_no_child());
}

TEST_CASE("what a constructor prints in the probe does not reach the host's standard output") {
  const StandardOutputFile output;
  probe_alone(bad("prints_in_constructor"));
  CHECK(output.content().empty());
}

TEST_CASE(
    "A29: what the host has printed and not flushed is not printed again by a probe that exits") {
  const StandardOutputFile output;
  std::printf("once");
  for (const char* plugin : {"exits_in_constructor", "leaves_in_constructor", "helper_one"}) {
    (void)load_error([&] { probe_alone(bad(plugin)); });
  }
  std::fflush(stdout);
  CHECK(output.content() == "once");
}

TEST_CASE("A11: an undefined symbol is named, with the file and not its private copy") {
  const std::string reason = reason_of("undefined_symbol");
  CHECK(reason.starts_with("open: "));
  CHECK(reason.find("symbol_that_nobody_defines") != std::string::npos);
  CHECK(reason.find(bad("undefined_symbol")) != std::string::npos);
  CHECK(reason.find("/proc/self/fd") == std::string::npos);
}

TEST_CASE("A21: the probe finds the signal also where SIGCHLD is ignored") {
  const auto former = ::signal(SIGCHLD, SIG_IGN);
  CHECK(reason_of("crashes_in_constructor").starts_with("open: killed by SIGSEGV"));
  CHECK(reason_of("thread_in_constructor") == "loaded");
  ::signal(SIGCHLD, former);
}

TEST_CASE("a guard that cannot be watched by a pidfd is not killed by its number, and reaped") {
  const int status = forkmap::tests::run_forked([] {
    if (!refuse_pidfds()) return 2;
    signals_by_number = 0;
    try {
      probe_alone(example("arith"));
      return 3;
    } catch (const forkmap::SystemError& error) {
      if (error.number() != EMFILE) return 4;
    }
    if (signals_by_number != 0) return 5;
    return has_no_child() ? 0 : 6;
  });
  CHECK(forkmap::tests::exited_with(status, 0));
}

TEST_CASE("A20: signals that the host has blocked are not blocked in the probe") {
  sigset_t all;
  sigset_t former;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &former);
  CHECK(reason_of("aborts_in_constructor").starts_with("open: killed by SIGABRT"));
  CHECK(reason_of("hangs_in_constructor", 200).starts_with("open: not done"));
  ::pthread_sigmask(SIG_SETMASK, &former, nullptr);
}

TEST_CASE("A22: a constructor's signal handlers do not stay in the host") {
  struct sigaction before{};
  ::sigaction(SIGABRT, nullptr, &before);
  forkmap::Registry registry;
  registry.load(bad("handler_in_constructor"));
  struct sigaction after{};
  ::sigaction(SIGABRT, nullptr, &after);
  CHECK(after.sa_handler == before.sa_handler);
}

TEST_CASE("a damaged plugin that its headers do not betray costs the probe only") {
  std::ifstream source(example("arith"), std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(source), {}};
  const TemporaryFolder folder;
  std::mt19937 random(7);
  for (int round = 0; round < 40; ++round) {
    std::string damaged = whole;
    for (int change = 0; change < 40; ++change) {
      damaged[4096 + random() % (damaged.size() - 8192)] = static_cast<char>(random());
    }
    const std::string file = folder.file("damaged.so");
    std::ofstream(file, std::ios::binary | std::ios::trunc) << damaged;
    (void)load_error([&] { probe_alone(file); });
  }
  CHECK(has_no_child());
}
