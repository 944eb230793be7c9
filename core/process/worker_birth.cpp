// SPDX-License-Identifier: Apache-2.0
#include "core/process/worker_birth.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <forkmap/exception_text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <system_error>
#include <utility>

#include "core/base/printable_text.hpp"
#include "core/process/family_mark.hpp"
#include "core/process/memory_limit.hpp"
#include "core/process/own_environment.hpp"
#include "core/process/reserved_status.hpp"
#include "core/process/signal_state.hpp"
#include "core/process/standard_streams.hpp"
#include "core/process/worker_scheduling.hpp"

namespace forkmap::process {

namespace {

// Of the process, like all of the environment.
std::array fortran_unbuffered = std::to_array("GFORTRAN_UNBUFFERED_PRECONNECTED=1");

// Runs instead of the host's handlers, also in a process that a function has forked.
void leave_at_once(void* plan, LeavingBy how, int status) {
  const auto* const known = static_cast<const ZygotePlan*>(plan);
  const bool has_caller = how != LeavingBy::pthread_exit;
  if (has_caller && known != nullptr && known->record_exit != nullptr) known->record_exit();
  flush_and_exit(how == LeavingBy::pthread_exit ? exit_code(ReservedStatus::pthread_exit) : status);
}

void join_the_family(const WorkerId id, pid_t zygote) {
  ::setsid();
  // The zygote's only thread is its main one, so "when the parent thread ends" is when the zygote
  // does.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != zygote) ::_exit(exit_code(ReservedStatus::host_gone));
  // The zygote adopts and reaps what the worker's children leave. Where it could not tell whose
  // that is, the worker adopts it, so that it is killed with the worker and with no other one.
  if (!mark_family(zygote)) ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NAME, ("forkmap w" + std::to_string(id.slot)).c_str());
}

// 1 and not 0: where cores are piped to a program, only 1 keeps the kernel from starting it.
void limit_core_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(1, limit.rlim_max);
  ::setrlimit(RLIMIT_CORE, &limit);
}

// When memory runs short a worker shall go before its host does. Raising needs no privilege; where
// /proc is missing the machine's own choice stands.
void offer_to_oom_killer() {
  constexpr int kRaise = 200;
  constexpr int kHighest = 1000;
  const base::UniqueFd file(::open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC));
  std::array<char, 16> text{};
  const ssize_t size = ::pread(file.get(), text.data(), text.size(), 0);
  int score = 0;
  if (size <= 0 || std::from_chars(text.data(), text.data() + size, score).ec != std::errc{})
    return;
  // Without stdio, of which each worker would get the pages.
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), std::min(score + kRaise, kHighest));
  (void)!::write(file.get(), text.data(), static_cast<std::size_t>(end.ptr - text.data()));
}

void run_body(const ZygotePlan& plan, WorkerBirth birth) {
  try {
    flush_and_exit(plan.worker_body(std::move(birth)));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "forkmap: an exception left a worker: %s\n",
                 base::printable_lines(detail::ExceptionText(error).get()).c_str());
  } catch (...) {
    if (is_pthread_exit_caught()) leave_at_once(nullptr, LeavingBy::pthread_exit, 0);
    std::fputs("forkmap: an exception of unknown type left a worker\n", stderr);
  }
  flush_and_exit(exit_code(ReservedStatus::body_threw));
}

}  // namespace

void live_as_worker(const ZygotePlan& plan, WorkerBirth birth, base::UniqueFd output, pid_t zygote,
                    ExitGuard& guard) noexcept {
  join_the_family(birth.id, zygote);
  try {
    reset_signals();
    set_up_worker_streams(plan.worker_stdout, output.get());
    output.reset();
    void* const context = const_cast<ZygotePlan*>(&plan);
    if (plan.preload.empty()) {
      guard.direct(&leave_at_once, context);
    } else {
      guard.direct_first(&leave_at_once, context);
    }
    if (!plan.keep_core_limit) limit_core_files();
    offer_to_oom_killer();
    if (plan.nice > 0) lower_priority(plan.nice);
    if (plan.pin) pin_to_core(birth.id.slot);
    // For programs that a function starts. A run-time library that is loaded already has read it.
    set_in_environment(fortran_unbuffered.data());
    if (plan.memory_bytes > 0) limit_private_growth(plan.memory_bytes);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "forkmap: cannot set up worker %u: %s\n", birth.id.slot,
                 base::printable_lines(detail::ExceptionText(error).get()).c_str());
    flush_and_exit(exit_code(ReservedStatus::setup_failed));
  }
  run_body(plan, std::move(birth));
  std::abort();  // not reached: run_body ends the process
}

}  // namespace forkmap::process
