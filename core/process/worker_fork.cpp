// SPDX-License-Identifier: Apache-2.0
//
// How the zygote forks a worker.
#include <fcntl.h>
#include <unistd.h>
#include <forkmap/error.hpp>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "core/base/own_descriptors.hpp"
#include "core/base/pidfd.hpp"
#include "core/process/worker_birth.hpp"
#include "core/process/zygote_loop.hpp"

namespace forkmap::process {

namespace {

Event spawn_failed(WorkerId id, int error_number) {
  Event event;
  event.kind = EventKind::spawn_failed;
  event.worker = id;
  event.error_number = error_number;
  return event;
}

std::size_t descriptors_of(const Request& request) { return request.has_output != 0 ? 3 : 2; }

}  // namespace

void ZygoteLoop::spawn(const Request& request, ReceivedDescriptors& descriptors) {
  const WorkerId id = request.worker;
  if (descriptors.count != descriptors_of(request)) {
    outbox_.push(spawn_failed(id, descriptors.lost_some ? EMFILE : EINVAL));
    return;
  }
  if (quitting_ || find(id) != nullptr) {
    outbox_.push(spawn_failed(id, quitting_ ? ESHUTDOWN : EEXIST));
    return;
  }
  // The pidfd must not fail after the fork: its number is taken before.
  base::UniqueFd reserved(::fcntl(child_signal_.get(), F_DUPFD_CLOEXEC, 0));
  if (!reserved) {
    outbox_.push(spawn_failed(id, errno));
    return;
  }
  std::optional<ResultsPage> page;
  try {
    page.emplace(descriptors.fds[1].get());
  } catch (const SystemError& error) {
    outbox_.push(spawn_failed(id, error.number()));
    return;
  }
  const pid_t zygote = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    become_worker({id, std::move(descriptors.fds[0]), std::move(descriptors.fds[1]), stack_},
                  std::move(descriptors.fds[2]), zygote);
  }
  if (pid < 0) {
    outbox_.push(spawn_failed(id, errno));
    return;
  }
  reserved.reset();
  base::UniqueFd pidfd = base::open_pidfd(pid);
  const int pidfd_error = errno;
  WorkerControl& worker = workers_.emplace_back(id, pid, std::move(*page), plan_, outbox_);
  Event event;
  event.kind = EventKind::spawned;
  event.worker = id;
  event.pid = pid;
  event.error_number = pidfd ? 0 : pidfd_error;
  outbox_.push(event, std::move(pidfd));
  if (event.error_number != 0) worker.kill();
  if (paused_) worker.pause();
}

void ZygoteLoop::become_worker(WorkerBirth birth, base::UniqueFd output, pid_t zygote) {
  base::close_own_descriptors_but(
      plan_.worker_descriptors, std::array{birth.inputs.get(), birth.results.get(), output.get()});
  live_as_worker(plan_, std::move(birth), std::move(output), zygote, guard_);
}

}  // namespace forkmap::process
