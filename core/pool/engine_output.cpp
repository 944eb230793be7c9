// SPDX-License-Identifier: Apache-2.0
//
// What workers print: taken out of their pipes, passed on, and told with what failed.
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/base/system_error.hpp"
#include "core/lane/print_record.hpp"
#include "core/pool/engine_core.hpp"

namespace forkmap::pool {

namespace {

// A worker may print faster than somebody reads it; the others have their turn in between.
constexpr std::uint64_t kBytesAStep = std::uint64_t{256} << 10U;
// What is left in a pipe when its worker is gone, whoever else still prints to it.
constexpr std::uint64_t kBytesAtTheEnd = std::uint64_t{2} << 20U;

}  // namespace

base::UniqueFd EngineCore::open_output(Worker& worker) {
  base::Pipe pipe = base::make_pipe();
  const int read_end = pipe.read.get();
  worker.output =
      PrintedOutput(std::move(pipe.read), worker.lane->view().host_words().output_taken);
  ::fcntl(read_end, F_SETFL, O_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = read_end;
  if (::epoll_ctl(service_epoll_.get(), EPOLL_CTL_ADD, read_end, &event) != 0) {
    base::throw_system_error("watch a descriptor (epoll_ctl)", errno);
  }
  return std::move(pipe.write);
}

void EngineCore::pass_on(Worker& worker, std::string_view bytes) {
  if (settings_.options().worker_output == WorkerOutput::forward) {
    settings_.options().output(bytes);
  } else {
    worker.output.split(bytes, [&](std::string_view line) {
      settings_.options().output_line(static_cast<int>(worker.id.slot), worker.pid, line);
    });
  }
}

// Until so much was received in all, or there is nothing more now.
void EngineCore::read_output(Worker& worker, std::uint64_t until_bytes) {
  const auto use = [&](std::string_view bytes) { pass_on(worker, bytes); };
  while (worker.output && worker.output.received_bytes() < until_bytes) {
    switch (worker.output.read(use)) {
      case PrintedOutput::Read::some:
        break;
      case PrintedOutput::Read::nothing:
        return;
      case PrintedOutput::Read::end:
        close_output(worker);
        return;
    }
  }
}

void EngineCore::read_some_output(Worker& worker) {
  read_output(worker, worker.output.received_bytes() + kBytesAStep);
}

void EngineCore::read_last_output(Worker& worker) {
  read_output(worker, worker.output.received_bytes() + kBytesAtTheEnd);
}

void EngineCore::close_output(Worker& worker) {
  if (!worker.output) return;
  ::epoll_ctl(service_epoll_.get(), EPOLL_CTL_DEL, worker.output.fd(), nullptr);
  worker.output.end_line([&](std::string_view line) {
    settings_.options().output_line(static_cast<int>(worker.id.slot), worker.pid, line);
  });
  worker.output.close();
}

// What items of a task have printed before they failed, from the marks that the worker has made.
// `raw` and `errors` are of the same items, in order.
void EngineCore::tell_printed(Worker& worker, std::uint32_t turn, const std::vector<RawError>& raw,
                              std::vector<ItemError>& errors) {
  if (!settings_.takes_output() || raw.empty()) return;
  read_some_output(worker);  // so that it appears before anybody speaks of the failure
  const lane::PrintRecord& record = lane::print_record(worker.lane->view());
  // Relaxed: the cell, which is DONE, orders it.
  if (record.failures.load(std::memory_order_relaxed) == 0) return;
  for (const lane::PrintedFailure& failure : lane::read_failures(worker.lane->view(), turn)) {
    const auto found = std::ranges::lower_bound(raw, failure.item, {}, &RawError::item);
    if (found == raw.end() || found->item != failure.item) continue;
    const std::uint64_t most = worker.output.received_bytes() + kBytesAtTheEnd;
    read_output(worker, std::min(failure.end, most));
    ItemError& error = errors[static_cast<std::size_t>(found - raw.begin())];
    error.printed = worker.output.text(failure.begin, failure.end);
    error.printed_since = std::min<std::size_t>(failure.index, error.index);
  }
}

// What a worker that is gone has printed since its last mark.
void EngineCore::tell_last_printed(Worker& worker, DeathReport& report) {
  if (!settings_.takes_output() || !worker.lane) return;
  read_last_output(worker);
  const auto mark = lane::read_mark(worker.lane->view());
  if (!mark) return;
  report.printed = worker.output.text(mark->offset, worker.output.received_bytes());
  report.printed_since = mark->index;
}

}  // namespace forkmap::pool
