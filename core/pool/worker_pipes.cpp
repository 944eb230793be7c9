// SPDX-License-Identifier: Apache-2.0
#include "core/pool/worker_pipes.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>

#include "core/lane/print_record.hpp"

namespace forkmap::pool {

namespace {

// A worker may print faster than somebody reads it; the others have their turn in between.
constexpr std::uint64_t kBytesAStep = std::uint64_t{256} << 10U;
// What is left in a pipe when its worker is gone, whoever else still prints to it.
constexpr std::uint64_t kBytesAtTheEnd = std::uint64_t{2} << 20U;

}  // namespace

base::UniqueFd WorkerPipes::open(WorkerSlot& worker) {
  base::Pipe pipe = base::make_pipe();
  ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  base::watch(epoll_, pipe.read.get());
  worker.life.output =
      PrintedOutput(std::move(pipe.read), worker.lane->view().host_words().output_taken);
  return std::move(pipe.write);
}

void WorkerPipes::pass_on(WorkerSlot& worker, std::string_view bytes) {
  if (settings_.options().worker_output == WorkerOutput::forward) {
    settings_.options().output(bytes);
  } else {
    worker.life.output.split(bytes, [&](std::string_view line) {
      settings_.options().output_line(worker.number(), worker.life.pid, line);
    });
  }
}

void WorkerPipes::read(WorkerSlot& worker, std::uint64_t until_bytes) {
  PrintedOutput& output = worker.life.output;
  const auto use = [&](std::string_view bytes) { pass_on(worker, bytes); };
  while (output && output.received_bytes() < until_bytes) {
    switch (output.read(use)) {
      case PrintedOutput::Read::some:
        break;
      case PrintedOutput::Read::nothing:
        return;
      case PrintedOutput::Read::end:
        close(worker);
        return;
    }
  }
}

void WorkerPipes::read_some(WorkerSlot& worker) {
  read(worker, worker.life.output.received_bytes() + kBytesAStep);
}

void WorkerPipes::read_last(WorkerSlot& worker) {
  read(worker, worker.life.output.received_bytes() + kBytesAtTheEnd);
}

void WorkerPipes::close(WorkerSlot& worker) {
  PrintedOutput& output = worker.life.output;
  if (!output) return;
  base::unwatch(epoll_, output.fd());
  output.end_line([&](std::string_view line) {
    settings_.options().output_line(worker.number(), worker.life.pid, line);
  });
  output.close();
}

void WorkerPipes::tell_printed(WorkerSlot& worker, std::uint32_t turn,
                               const std::vector<RawError>& raw, std::vector<ItemError>& errors) {
  if (!settings_.takes_output() || raw.empty()) return;
  read_some(worker);  // so that it appears before anybody speaks of the failure
  const PrintedOutput& output = worker.life.output;
  const lane::PrintRecord& record = lane::print_record(worker.lane->view());
  // Relaxed: the cell, which is DONE, orders it.
  if (record.failures.load(std::memory_order_relaxed) == 0) return;
  for (const lane::PrintedFailure& failure : lane::read_failures(worker.lane->view(), turn)) {
    const auto found = std::ranges::lower_bound(raw, failure.item, {}, &RawError::item);
    if (found == raw.end() || found->item != failure.item) continue;
    read(worker, std::min(failure.end, output.received_bytes() + kBytesAtTheEnd));
    ItemError& error = errors[static_cast<std::size_t>(found - raw.begin())];
    error.printed = output.text(failure.begin, failure.end);
    error.printed_since = std::min<std::size_t>(failure.index, error.index);
  }
}

void WorkerPipes::tell_last_printed(WorkerSlot& worker, DeathReport& report) {
  if (!settings_.takes_output() || !worker.lane) return;
  read_last(worker);
  const auto mark = lane::read_mark(worker.lane->view());
  if (!mark) return;
  report.printed = worker.life.output.text(mark->offset, worker.life.output.received_bytes());
  report.printed_since = mark->index;
}

}  // namespace forkmap::pool
