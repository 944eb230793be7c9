// SPDX-License-Identifier: Apache-2.0
#include "core/process/zygote_process.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <array>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <forkmap/exception_text.hpp>
#include <utility>
#include <vector>

#include "core/base/own_descriptors.hpp"
#include "core/base/pidfd.hpp"
#include "core/base/printable_text.hpp"
#include "core/base/system_error.hpp"
#include "core/process/close_descriptors.hpp"
#include "core/process/preload.hpp"
#include "core/process/reserved_status.hpp"
#include "core/process/signal_state.hpp"
#include "core/process/standard_streams.hpp"
#include "core/process/zygote_loop.hpp"

namespace forkmap::process {

namespace {

void leave_if_host_is_gone(pid_t host) {
  if (::getppid() != host) ::_exit(exit_code(ReservedStatus::host_gone));
}

void live(const ZygotePlan& plan, pid_t host, base::UniqueFd socket, ExitGuard& guard,
          const StackRange& stack) {
  base::close_own_descriptors_but(plan.worker_descriptors, std::array{socket.get()});
  if (plan.kept_descriptors) {
    std::vector<int> kept = *plan.kept_descriptors;
    kept.push_back(socket.get());
    close_all_but(std::move(kept));
  }
  // No terminal signal, no stop by the terminal: it belongs to the host's session.
  ::setsid();
  ::prctl(PR_SET_NAME, "forkmap zygote");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  // The kernel sends this when the *thread* that forked us ends. That is the host's end only as
  // long as this thread waits for `ready`; so it covers preload, during which nobody watches the
  // pidfd.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  leave_if_host_is_gone(host);
  discard_inherited_buffers();
  set_up_zygote_streams();
  reset_signals();

  if (run_preload(plan, socket.get(), guard) == PreloadResult::failed) {
    flush_and_exit(exit_code(ReservedStatus::preload_failed));
  }

  base::UniqueFd host_pidfd = base::open_pidfd(host);
  if (!host_pidfd) base::throw_system_error("watch the host (pidfd_open)", errno);
  host_pidfd = base::moved_high(std::move(host_pidfd));
  leave_if_host_is_gone(host);  // else the pidfd may be another process's
  // From now on the loop sees the host's end. If the zygote is stopped then, the kernel continues
  // it.
  ::prctl(PR_SET_PDEATHSIG, SIGCONT);
  ZygoteLoop(plan, guard, std::move(socket), std::move(host_pidfd), stack).run();
}

}  // namespace

void live_as_zygote(const ZygotePlan& plan, pid_t host, base::UniqueFd socket, ExitGuard& guard,
                    const StackRange& stack) noexcept {
  try {
    live(plan, host, std::move(socket), guard, stack);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "forkmap: the zygote cannot go on: %s\n",
                 base::printable_lines(detail::ExceptionText(error).get()).c_str());
  }
  flush_and_exit(exit_code(ReservedStatus::setup_failed));
}

}  // namespace forkmap::process
