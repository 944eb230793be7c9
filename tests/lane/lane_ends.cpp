// SPDX-License-Identifier: Apache-2.0
#include "tests/lane/lane_ends.hpp"

#include <poll.h>

#include "tests/catch.hpp"

namespace forkmap::tests {

namespace {

bool poll_doorbell(const lane::Doorbell& doorbell, int timeout_ms) {
  pollfd entry{doorbell.fd(), POLLIN, 0};
  return ::poll(&entry, 1, timeout_ms) == 1 && (entry.revents & POLLIN) != 0;
}

}  // namespace

WorkerMappings::WorkerMappings(const lane::HostLane& host)
    : shape_(host.shape()),
      inputs_(host.inputs_fd(), shm::Access::read_only, shape_.inputs_bytes(), shm::AtFork::absent),
      results_(host.results_fd(), shm::Access::read_write, shape_.results_bytes(),
               shm::AtFork::absent) {}

LaneEnds::LaneEnds(const lane::LaneShape& shape, std::uint64_t first_position)
    : host(shape, first_position), worker(host.view(), doorbell, first_position) {}

std::uint32_t LaneEnds::push(std::uint64_t tag, std::uint32_t count) {
  lane::InputCell& cell = host.next_cell();
  cell = lane::InputCell{};
  cell.count = count;
  cell.first_index = tag;
  return host.push(tag);
}

std::optional<std::uint64_t> LaneEnds::collect() {
  lane::Completion completion;
  if (host.look(completion) != lane::HostLane::State::completion) return std::nullopt;
  host.release_oldest();
  return completion.tag;
}

bool LaneEnds::work_once() {
  const auto claim = worker.try_claim();
  if (!claim) return false;
  complete(worker.view(), *claim);
  return worker.publish(*claim);
}

void set_progress(const lane::LaneView& view, const lane::WorkerLane::Claim& claim,
                  std::uint32_t items) {
  view.worker_words().progress.store(lane::progress_word(claim.turn, items),
                                     std::memory_order_release);
}

void complete(const lane::LaneView& view, const lane::WorkerLane::Claim& claim) {
  lane::ResultCell& cell = view.result_cell(claim.cell);
  for (std::uint32_t item = 0; item < claim.task->count; ++item) {
    set_progress(view, claim, item + 1);
  }
  cell.completed = claim.task->count;
  cell.flags = 0;
  cell.run_time_ns = 1;
  cell.bytes_used = claim.task->first_index;
  cell.text_bytes = 0;
}

bool has_rung(const lane::Doorbell& doorbell) { return poll_doorbell(doorbell, 0); }

void wait_for_ring(const lane::Doorbell& doorbell) {
  while (!poll_doorbell(doorbell, -1)) {
  }
}

}  // namespace forkmap::tests
