// SPDX-License-Identifier: Apache-2.0
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <stdexcept>

#include "tests/plugins/faulty/faulty.hpp"

namespace faulty {

namespace {

// From now on the kernel answers sched_get_priority_max() of this process so.
void forbid_call(unsigned answer) {
  std::array<sock_filter, 4> filter = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sched_get_priority_max, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, answer),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program = {filter.size(), filter.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    throw std::runtime_error("this system has no seccomp filters");
  }
}

std::int64_t call_on_three(std::int64_t x, unsigned answer) {
  if (x != 3) return x;
  forbid_call(answer);
  return ::sched_get_priority_max(SCHED_FIFO);
}

}  // namespace

std::int64_t forbidden_call_on_three(std::int64_t x) {
  return call_on_three(x, SECCOMP_RET_KILL_PROCESS);
}

std::int64_t trapped_call_on_three(std::int64_t x) { return call_on_three(x, SECCOMP_RET_TRAP); }

}  // namespace faulty
