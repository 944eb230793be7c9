// SPDX-License-Identifier: Apache-2.0
//
// What workers print: taken out of their pipes, passed on, and told with what failed. Nothing of
// this where the host does not take it (Settings::takes_output).
#pragma once

#include <cstdint>
#include <forkmap/outcome.hpp>
#include <string_view>
#include <vector>

#include "core/base/epoll.hpp"
#include "core/base/unique_fd.hpp"
#include "core/pool/death_report.hpp"
#include "core/pool/result_reader.hpp"
#include "core/pool/settings.hpp"
#include "core/pool/worker_slot.hpp"

namespace forkmap::pool {

class WorkerPipes {
 public:
  // Both outlive it; `epoll` watches the pipes.
  WorkerPipes(const Settings& settings, int epoll) : settings_(settings), epoll_(epoll) {}

  // The worker's end, for a worker that has its lane. Throws SystemError.
  [[nodiscard]] base::UniqueFd open(WorkerSlot& worker);
  // What is there now, at most so much that the others have their turn.
  void read_some(WorkerSlot& worker);
  // What a worker that is gone has left.
  void read_last(WorkerSlot& worker);
  void close(WorkerSlot& worker);

  // What items of a task have printed before they failed, from the marks that the worker has made.
  // `raw` and `errors` are of the same items, in order.
  void tell_printed(WorkerSlot& worker, std::uint32_t turn, const std::vector<RawError>& raw,
                    std::vector<ItemError>& errors);
  // What a worker that is gone has printed since its last mark.
  void tell_last_printed(WorkerSlot& worker, DeathReport& report);

 private:
  const Settings& settings_;
  int epoll_;

  void pass_on(WorkerSlot& worker, std::string_view bytes);
  // Until so much was received in all, or there is nothing more now.
  void read(WorkerSlot& worker, std::uint64_t until_bytes);
};

}  // namespace forkmap::pool
