// SPDX-License-Identifier: Apache-2.0
#include "core/node/messages.hpp"
#include "core/node/wire_parts.hpp"

namespace forkmap::node {

namespace {

constexpr std::uint64_t kLeastWorkerBytes = 64;

void put_info(WireWriter& out, const WorkerInfo& worker) {
  out.put(worker.number);
  out.put(worker.pid);
  out.put(worker.generation);
  out.put(static_cast<std::uint8_t>(worker.state));
  out.put(worker.item);
  put_time(out, worker.item_time);
  out.put(worker.function);
  out.put(worker.items_done);
  out.put(worker.items_done_in_all);
  out.put(worker.respawns);
  out.put(worker.window_bytes);
  out.put(worker.cells_ready);
  out.put(worker.cells_running);
  out.put(worker.tasks_done);
  out.put(worker.rescues);
}

void get_info(WireReader& in, WorkerInfo& worker) {
  get_worker(in, worker.number);
  in.get(worker.pid);
  in.get(worker.generation);
  in.get_enum(worker.state, WorkerState::dead);
  in.get(worker.item);
  get_time(in, worker.item_time);
  in.get(worker.function);
  in.get(worker.items_done);
  in.get(worker.items_done_in_all);
  in.get(worker.respawns);
  in.get(worker.window_bytes);
  in.get(worker.cells_ready);
  in.get(worker.cells_running);
  in.get(worker.tasks_done);
  in.get(worker.rescues);
}

}  // namespace

Message to_message(const Beat& beat) {
  Message message{.type = FrameType::beat};
  WireWriter out(message.payload);
  out.put(beat.items_done);
  out.put(beat.workers_up);
  out.put(beat.queued_rows);
  out.put(beat.echo);
  out.put(beat.echo_held_ns);
  out.put(beat.time_ns);
  out.put(beat.load);
  out.put(beat.free_memory_bytes);
  out.put(beat.workers.has_value());
  if (!beat.workers) return message;
  out.put_short(beat.workers->size());
  for (const WorkerInfo& worker : *beat.workers) put_info(out, worker);
  return message;
}

Fault from_message(const Message& message, Beat& to) {
  WireReader in(message.payload);
  in.get(to.items_done);
  in.get(to.workers_up);
  in.get(to.queued_rows);
  get_clock(in, to.echo);
  get_clock(in, to.echo_held_ns);
  get_clock(in, to.time_ns);
  in.get(to.load);
  if (!(to.load >= 0)) in.fail("a load that cannot be");
  in.get(to.free_memory_bytes);
  bool has_workers = false;
  in.get(has_workers);
  to.workers.reset();
  if (has_workers) {
    const std::uint64_t count = in.get_count(kLeastWorkerBytes);
    if (count > kMostBeatWorkers) in.fail("more workers than a beat tells of");
    to.workers.emplace(in.is_good() ? count : 0);
    for (WorkerInfo& worker : *to.workers) get_info(in, worker);
  }
  in.expect_end();
  return in.fault();
}

}  // namespace forkmap::node
