// SPDX-License-Identifier: Apache-2.0
//
// Both ends of one small lane in one process, and the few lines that a real host and a real worker
// have around them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/lane/host_lane.hpp"
#include "core/lane/worker_lane.hpp"
#include "core/shm/mapping.hpp"

namespace forkmap::tests {

inline constexpr lane::LaneShape kSmallShape{4, lane::kMinWindowBytes};

// The mappings of a worker: its own, inputs read-only.
class WorkerMappings {
 public:
  explicit WorkerMappings(const lane::HostLane& host);
  [[nodiscard]] lane::LaneView view() const noexcept {
    return {inputs_.data(), results_.data(), shape_};
  }

 private:
  lane::LaneShape shape_;
  shm::Mapping inputs_;
  shm::Mapping results_;
};

struct LaneEnds {
  explicit LaneEnds(const lane::LaneShape& shape = kSmallShape, std::uint64_t first_position = 0);

  // Host: a task of `count` items. Returns the turn.
  std::uint32_t push(std::uint64_t tag, std::uint32_t count = 1);
  // Host: the tag of the oldest finished task, which is released; nothing if there is none.
  std::optional<std::uint64_t> collect();
  // Worker: claims one task, completes all its items and publishes it. False: there was none.
  bool work_once();

  [[nodiscard]] std::atomic<std::uint32_t>& state(std::uint32_t cell) {
    return host.view().result_cell(cell).state;
  }
  [[nodiscard]] lane::WorkerWords& words() { return host.view().worker_words(); }

  lane::Doorbell doorbell;
  lane::HostLane host;
  lane::WorkerLane worker;
};

// Worker: says that `items` of a claimed task are complete.
void set_progress(const lane::LaneView& view, const lane::WorkerLane::Claim& claim,
                  std::uint32_t items);
// Worker: all items complete, the control fields written; not published.
void complete(const lane::LaneView& view, const lane::WorkerLane::Claim& claim);

// Host: sleeps on the doorbell until `has_news` holds; the order of calls is the engine's.
template <class HasNews>
void sleep_until(const lane::Doorbell& doorbell, lane::WorkerWords& words, HasNews has_news);

// Readable now?
[[nodiscard]] bool has_rung(const lane::Doorbell& doorbell);
// Waits for ever.
void wait_for_ring(const lane::Doorbell& doorbell);

template <class HasNews>
void sleep_until(const lane::Doorbell& doorbell, lane::WorkerWords& words, HasNews has_news) {
  while (!has_news()) {
    lane::announce_host_sleep(words);
    const bool slept = !has_news();
    if (slept) wait_for_ring(doorbell);
    lane::end_host_sleep(words);
    doorbell.drain();
    if (!slept) return;
  }
}

}  // namespace forkmap::tests
