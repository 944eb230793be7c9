// SPDX-License-Identifier: Apache-2.0
//
// Tasks that wait for a worker: taken back, moved or to be tried again. Private memory of the host.
//  W1 A task that waits keeps no lane of a dead worker mapped: its rows are copied.
//  W2 A retry, then the rest of its chunk go to the successor of the worker that died with them, in
//     this order. A retry is the first task of that process, and the only one until it has ended.
//     A worker that would be idle otherwise takes the rest.
//  W3 A retry whose successor does not come, or has been given something else, is given another
//     fresh worker: the next that comes, or one that comes because another is sent away.
#pragma once

#include <deque>
#include <vector>

#include "core/pool/crew.hpp"

namespace forkmap::pool {

class Backlog {
 public:
  [[nodiscard]] bool empty() const noexcept { return pending_.empty(); }
  void put_front(Task task);
  void put_back(Task task) { pending_.push_back(std::move(task)); }
  // All of them, in their order, before the others.
  void put_front(std::vector<Task>&& tasks);

  enum class Whose : std::uint8_t { own_or_free, anybodys };
  // The next one for a worker of that crew: what waits for it, then what waits for nobody, or for
  // anybody. Null: none. It is valid until something is put or taken.
  [[nodiscard]] Task* next_for(const WorkerSlot& worker, const Crew& crew, Whose whose);
  [[nodiscard]] Task take(Task* task);
  [[nodiscard]] std::vector<Task> take_of(const Map& map);
  [[nodiscard]] std::vector<Task> take_all();
  [[nodiscard]] std::vector<Task> take_all_but_retries();

  void keep_rows_of(const lane::HostLane& lane);  // W1
  // Gives each retry that waits in vain another worker to wait for (W3). Those that are to be sent
  // away for it.
  [[nodiscard]] std::vector<WorkerSlot*> home_retries(Crew& crew);
  // Whether the worker runs a retry, and so is given nothing else (W2).
  [[nodiscard]] static bool runs_retry(const WorkerSlot& worker) {
    return worker.life.has_retry && worker.lane->outstanding() != 0;
  }

 private:
  template <class Is>
  [[nodiscard]] std::vector<Task> take_if(Is&& is);

  std::deque<Task> pending_;
  bool retries_wait_ = false;  // among them
};

}  // namespace forkmap::pool
