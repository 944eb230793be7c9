// SPDX-License-Identifier: Apache-2.0
#include "core/base/needed_calls.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <forkmap/error.hpp>
#include <string>

#include "core/base/executable_path.hpp"
#include "tests/catch.hpp"
#include "tests/kit/descriptors.hpp"
#include "tests/kit/forked.hpp"

using namespace forkmap::base;
using forkmap::tests::exited_with;
using forkmap::tests::open_descriptors;
using forkmap::tests::run_forked;

namespace {

// For ever, in this process. False where there are no filters.
bool refuse(unsigned number, unsigned error) {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {sizeof filter / sizeof filter[0], filter};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

TEST_CASE("K5: the calls that are needed are there, and trying them leaves nothing behind") {
  const std::size_t before = open_descriptors();
  for (int round = 0; round < 3; ++round) CHECK_NOTHROW(require_needed_calls());
  CHECK(open_descriptors() == before);
}

TEST_CASE("K5: a filter that came after the calls were tried is found, too") {
  constexpr int kNoFilters = 77;
  const int status = run_forked([] {
    require_needed_calls();
    if (!refuse(SYS_eventfd2, EPERM)) return kNoFilters;
    try {
      require_needed_calls();
    } catch (const forkmap::SystemError& error) {
      return std::string(error.what()).find("eventfd2") != std::string::npos ? 0 : 1;
    }
    return 2;
  });
  if (exited_with(status, kNoFilters)) {
    WARN("this system has no filters of system calls");
    return;
  }
  CHECK(exited_with(status, 0));
}

TEST_CASE("the path of the executable is that of this program") {
  CHECK(std::filesystem::equivalent(executable_path(), "/proc/self/exe"));
}
