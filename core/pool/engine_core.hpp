// SPDX-License-Identifier: Apache-2.0
//
// What is behind pool::Engine. Its parts are in files of their own:
//   engine_crews.cpp     crews come up, are renewed and resized
//   engine_end.cpp       crews go; the pool breaks, is shut down or killed
//   engine_feed.cpp      items from sources into tasks
//   engine_singles.cpp   tasks of one small item, which travel inside cells, both ways
//   engine_tasks.cpp     tasks into cells, back out of them, from one lane to another
//   engine_collect.cpp   results out of cells
//   engine_messages.cpp  what the zygotes report, and what is asked of them
//   engine_output.cpp    what workers print
//   engine_deaths.cpp    what follows a worker's death
//   engine_crashes.cpp   what is told of a worker's crash
//   engine_zygotes.cpp   what follows a zygote's death
//   engine_vectors.cpp   vectorized functions, called for many items or for each alone
//   engine_recycling.cpp workers that are replaced for their age or their growth
//   engine_time.cpp      time limits of items
//   engine_events.cpp    what is told to an observer
//   engine_wait.cpp      one step, and waiting for the next
//   worker_table.cpp     what the pool tells of its workers
// Runs in the host, one thread. Invariants: engine.hpp, map.hpp, host_lane.hpp.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/base/original_process.hpp"
#include "core/lane/crash_record.hpp"
#include "core/lane/doorbell.hpp"
#include "core/lane/spin_policy.hpp"
#include "core/pool/crew.hpp"
#include "core/pool/engine.hpp"
#include "core/pool/map.hpp"
#include "core/pool/oom_kills.hpp"
#include "core/pool/open_maps.hpp"
#include "core/pool/restart_policy.hpp"
#include "core/pool/result_reader.hpp"
#include "core/pool/time_limits.hpp"
#include "core/pool/worker_process.hpp"
#include "core/process/zygote.hpp"

namespace forkmap::pool {

class EngineCore : public std::enable_shared_from_this<EngineCore> {
 public:
  EngineCore(const plugin::RegistryTable& table, PoolOptions options, PoolObserver* observer);
  ~EngineCore();
  EngineCore(const EngineCore&) = delete;
  EngineCore& operator=(const EngineCore&) = delete;

  void start();  // forks; returns when every worker is ready
  std::shared_ptr<Map> open(MapRequest&& request);
  void cancel(Map& map, bool give_outcomes, std::chrono::nanoseconds grace = {});
  // Whatever can be done now, without blocking; true if anything was. A `glance` looks at the lanes
  // only, and at everything now and then.
  enum class Look : std::uint8_t { glance, everything };
  bool step(Look look = Look::everything);
  bool wait_step(std::chrono::nanoseconds limit, int also_fd);
  // Afterwards fd() becomes readable when step() has something to do. True if anything was done.
  bool prepare_sleep();
  void refork();
  void resize(int workers);
  void shutdown(Pending pending);
  void kill();
  void pause(bool on);
  bool signal_worker(int number, int signal);
  void require_owner() const;
  void require_open() const;
  void recycle(ResultBatch&& batch) { memory_.take_back(std::move(batch)); }
  void note_read(const ResultBatch& batch) noexcept {
    unread_bytes_ -= batch.memory_bytes + batch.held_bytes;
  }
  [[nodiscard]] std::vector<WorkerInfo> workers();
  // Called first thing in every zygote that is forked from now on.
  void set_zygote_hook(std::function<void()> hook) { zygote_hook_ = std::move(hook); }
  [[nodiscard]] pid_t zygote_pid() const noexcept;
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  [[nodiscard]] const PoolOptions& options() const noexcept { return options_; }
  [[nodiscard]] const plugin::RegistryTable& table() const noexcept { return *table_; }
  [[nodiscard]] int fd() const noexcept { return epoll_.get(); }
  [[nodiscard]] const std::shared_ptr<shm::Arena>& arena() const noexcept { return arena_; }
  [[nodiscard]] std::uint64_t rescues() const noexcept { return rescues_; }
  [[nodiscard]] bool broken() const noexcept { return !broken_why_.empty(); }
  [[nodiscard]] const std::string& broken_why() const noexcept { return broken_why_; }
  [[nodiscard]] plugin::Generation generation() const noexcept { return generation_; }

 private:
  // Constant after construction.
  const plugin::RegistryTable* table_;
  PoolOptions options_;
  PoolObserver* observer_;  // null: nobody watches
  std::map<std::string, std::string, std::less<>> parameters_;
  base::OriginalProcess owner_;
  std::thread::id owner_thread_ = std::this_thread::get_id();
  lane::LaneShape shape_;
  std::shared_ptr<shm::Arena> arena_;
  lane::Doorbell doorbell_;
  base::UniqueFd service_epoll_;  // all that is not a lane: zygotes, output of workers
  base::UniqueFd epoll_;          // that, the doorbell and the timer: for somebody's poll loop
  base::UniqueFd timer_;

  // Crews; shared, so that a step which runs user code keeps the one it works on. `serving_` may
  // have lost its zygote; `incoming_` then replaces it.
  std::shared_ptr<Crew> serving_;
  std::shared_ptr<Crew> incoming_;
  std::list<std::shared_ptr<Crew>> leaving_;
  plugin::Generation generation_ = 0;  // of the serving crew
  int target_workers_ = 0;
  RestartState zygote_restart_;      // deaths of zygotes
  std::uint64_t tasks_settled_ = 0;  // by all workers there ever were
  std::string broken_why_;
  std::string last_start_failure_;  // of the last incoming crew
  bool closed_ = false;
  std::optional<Clock::time_point> paused_at_;
  std::function<void()> zygote_hook_;
  std::optional<Clock::time_point> shortage_since_;
  std::optional<Clock::time_point>
      recrew_at_;  // the serving crew is gone; the next is to be forked
  std::uint32_t recrew_tries_ = 0;
  Clock::time_point last_notice_{};

  // Work.
  Clock::time_point last_wear_look_{};
  OomWatch oom_watch_;
  TimeLimits time_limits_;
  std::shared_ptr<TimeLimit> pool_time_limit_;  // of items whose map has none of its own
  OpenMaps maps_;
  std::deque<Task> pending_;  // taken back, moved or to be tried again
  std::vector<Task> stale_;   // waiting for a refork (OnStale::refork)
  std::optional<plugin::Generation> stale_reforked_for_;
  BatchMemory memory_;
  std::vector<std::shared_ptr<const SingleItemLayouts>> singles_;  // by function; lines behind
  std::vector<ItemCost> received_costs_;  // by function: of items that have a receiver
  ResultBatch strip_;                     // single results that are being gathered
  std::shared_ptr<Map> strip_map_;        // whose they are; null: none
  std::uint64_t strip_time_ns_ = 0;
  std::uint64_t in_flight_bytes_ = 0;  // inputs of tasks in cells or pending
  std::uint64_t unread_bytes_ = 0;     // batches that nobody has read
  std::uint64_t limit_bytes_ = 0;
  std::size_t next_worker_ = 0;  // round robin
  std::uint64_t steps_ = 0;
  std::uint64_t rescues_ = 0;
  lane::SpinPolicy spin_;
  Clock::time_point last_progress_look_{};
  bool any_large_window_ = false;  // that is to be given back when it is idle
  Clock::time_point last_sighting_{};
  std::optional<Clock::time_point> timer_set_for_;
  std::map<std::uint32_t, int> vector_crashes_;  // of vectorized functions in calls of many items

  // engine_crews.cpp
  [[nodiscard]] std::shared_ptr<Crew> start_crew(CrewReason reason);
  void abandon_crew(Crew& crew);
  void watch_crew(const Crew& crew);
  void unwatch_crew(const Crew& crew);
  bool advance_incoming();
  void switch_to_incoming();
  void fail_incoming(const std::string& why);
  void spawn_workers(Crew& crew);
  bool spawn(Crew& crew, Worker& worker);
  void note_shortage(Worker& worker, const std::string& why);
  void watch_phases(Crew& crew);
  void fit(Crew& crew);
  void retire(Crew& crew, Worker& worker);
  void send_home(std::shared_ptr<Crew> crew);
  bool sweep_leaving();
  void break_pool(const std::string& why);
  void end_all_as(ErrorKind kind, const std::string& message);

  // engine_feed.cpp
  bool feed(Look look = Look::everything);
  bool give_some(Worker& worker);
  bool give_pending(Worker& worker);
  bool give_from(const std::shared_ptr<Map>& map, Worker& worker, std::uint64_t chunk);
  bool give_arena(const std::shared_ptr<Map>& map, Worker& worker, std::uint64_t chunk);
  [[nodiscard]] ItemSource::Fill ask_source(Map& map, InputBlock& block, std::size_t limit);
  bool settle_fill(Worker& worker, const std::shared_ptr<lane::HostLane>& target,
                   std::uint32_t window, Task task, const InputBlock& block, ItemSource::Fill fill);
  [[nodiscard]] bool may_feed(const Map& map) const;
  void note_end_of_source(const std::shared_ptr<Map>& map, ItemSource::Fill fill);
  void push(Worker& worker, Task task, std::uint32_t window);
  void publish(Worker& worker, TaskInCell& truth, std::uint32_t window);
  bool rebalance(Look look);
  void take_back_all(Worker& worker);
  [[nodiscard]] Task task_from_cell(Worker& worker, std::uint32_t cell);
  [[nodiscard]] Task sub_task(const Task& task, std::uint32_t first, std::uint32_t count) const;
  void hold_window(Worker& worker, TaskInCell& cell);
  [[nodiscard]] std::size_t chunk_for(Map& map, const Worker& worker) const;
  [[nodiscard]] std::uint64_t quota_left(const Worker& worker) const noexcept;
  [[nodiscard]] bool runs_once(const Map& map) const noexcept;
  [[nodiscard]] int retries_of(const Map& map) const noexcept;

  // engine_singles.cpp
  [[nodiscard]] std::shared_ptr<const SingleItemLayouts> singles_of(const MapRequest& request);
  bool give_singles(const std::shared_ptr<Map>& map, Worker& worker, std::uint32_t depth);
  void push_single(Worker& worker, const std::shared_ptr<Map>& map, const std::byte* payload,
                   std::uint32_t window);
  [[nodiscard]] bool gather(Worker& worker, TaskInCell& cell, const lane::Completion& completion);
  void deliver_strip();

  // engine_collect.cpp
  bool collect(Crew& crew);
  bool collect_worker(Crew& crew, Worker& worker);
  [[nodiscard]] bool take_results(Crew& crew, Worker& worker, TaskInCell& cell,
                                  const lane::Completion& completion);
  [[nodiscard]] bool keep_results(Worker& worker, TaskInCell& cell, std::uint32_t cell_index,
                                  std::uint32_t complete, const lane::Completion* completion);
  void deliver(const std::shared_ptr<Map>& map, ResultBatch&& batch);
  void deliver_error(const std::shared_ptr<Map>& map, std::uint64_t position, ItemError error,
                     const ResultBatch& times = {});
  static void note_times(Worker& worker, const Task& task, ResultBatch& batch,
                         const lane::Completion* completion = nullptr);
  void deliver_untaken(const std::shared_ptr<Map>& map, ErrorKind kind, const std::string& message);
  void note_cost(Map& map, std::uint64_t items, std::uint64_t time_ns, std::uint64_t bytes);
  void settle_stale(Crew& crew, Worker& worker, Task task);
  [[nodiscard]] ItemError make_error(const Map& map, std::uint64_t position, ErrorKind kind,
                                     std::string message) const;
  void end_task(const Task& task) noexcept;  // its items are settled
  void drop_task(const Task& task);
  void fail_task(const Task& task, ErrorKind kind, const std::string& message);

  // engine_deaths.cpp
  bool service();
  bool service_crew(Crew& crew);
  void handle(Crew& crew, process::Zygote::Message message);
  void handle_exit(Crew& crew, Worker& worker, const process::Event& event);
  struct DeathReport {
    DeathCause cause;
    std::string how;  // "killed by SIGSEGV (segmentation fault)"
    int wait_status;
    bool by_cancel = false;
    std::chrono::nanoseconds overrun_limit{};  // the item ran longer than that
    ProcessUsage usage = {};
    std::optional<lane::CrashFacts> crash = {};      // what its handler has left
    const plugin::LoadedObjects* objects = nullptr;  // of its crew
    std::string printed = {};                        // since the last mark ...
    std::uint64_t printed_since = 0;                 // ... which is at this item
  };
  bool recover(Crew& crew, Worker& worker, const DeathReport& report);  // true: an item ran
  void settle_culprit(Worker& worker, Task task, const DeathReport& report);
  void settle_suspects(Worker& worker, TaskInCell& cell, const DeathReport& report, bool& blamed);
  void settle_remains(Crew& crew, Worker& worker, const lane::Remains& remains,
                      const DeathReport& report, std::vector<Task>& moved, bool& blamed);
  void replace_or_not(Crew& crew, Worker& worker, const Death& death, const std::string& how);
  void condemn(Crew& crew, Worker& worker, Condemned why);
  void ask_stop(Crew& crew, Worker& worker);
  void chase_cancelled();

  // engine_output.cpp
  [[nodiscard]] bool takes_output() const noexcept;
  [[nodiscard]] base::UniqueFd open_output(Worker& worker);  // the worker's end
  void pass_on(Worker& worker, std::string_view bytes);
  void read_output(Worker& worker, std::uint64_t until_bytes);
  void read_some_output(Worker& worker);
  void read_last_output(Worker& worker);
  void close_output(Worker& worker);
  void tell_printed(Worker& worker, std::uint32_t turn, const std::vector<RawError>& raw,
                    std::vector<ItemError>& errors);
  void tell_last_printed(Worker& worker, DeathReport& report);

  // engine_zygotes.cpp
  [[nodiscard]] bool may_fork_again(const Crew& dead, const std::string& how);
  void recrew();
  void zygote_ended(Crew& crew);

  // engine_vectors.cpp
  static constexpr int kVectorCrashLimit = 3;
  [[nodiscard]] bool runs_item_by_item(const Task& task) const;
  [[nodiscard]] bool settle_vector_call(const Task& task, std::uint32_t complete,
                                        const Worker& worker, const DeathReport& report,
                                        std::vector<Task>& moved);
  void note_vector_crash(const plugin::FunctionEntry& function, const DeathReport& report);

  // engine_crashes.cpp
  static void read_crash(const Crew& crew, const Worker& worker, const process::Event& event,
                         DeathReport& report);
  [[nodiscard]] CrashReport describe_crash(const Worker& worker, const Task& task,
                                           const DeathReport& death) const;
  [[nodiscard]] std::optional<CrashReport> tell_crash(const Worker& worker, const Task& task,
                                                      const DeathReport& death,
                                                      bool is_final) const;
  [[nodiscard]] static std::string how_and_where(const DeathReport& death);

  // engine_recycling.cpp
  [[nodiscard]] std::uint64_t resident_of_zygote(const Crew& crew) const;
  [[nodiscard]] bool is_worn(const Worker& worker, Clock::time_point now) const;
  void replace_worn();
  void explain_refused_memory(ItemError& error) const;

  // engine_time.cpp
  [[nodiscard]] std::shared_ptr<TimeLimit> time_limit_for(const MapRequest& request);
  void tell_time_limit(const TimeLimits::Setting& setting);
  static void tell_time_limits(Crew& crew, const TimeLimits& limits);
  void note_finished(const Map& map, std::uint64_t items, std::uint64_t time_ns);

  // engine_events.cpp; to be called with an observer only
  void tell_ready(const Crew& crew, const Worker& worker) const;
  void tell_ran(const Worker& worker, const Task& task, const ResultBatch& batch,
                bool is_measured) const;
  void tell_lost(const Worker& worker, const Task& task, const ResultBatch& times,
                 bool is_final) const;
  [[nodiscard]] WorkerEnd end_of(const Crew& crew, const Worker& worker,
                                 const process::Event& event) const;
  void tell_crew(const Crew& crew, std::string_view failure) const;
  [[nodiscard]] std::optional<StallKind> stall() const;

  // engine_wait.cpp
  bool collect_all();
  bool attend();
  [[nodiscard]] bool service_is_due() const noexcept;
  [[nodiscard]] bool look_for_results() noexcept;
  [[nodiscard]] std::optional<Clock::time_point> next_deadline() const;
  [[nodiscard]] bool work_is_out() const noexcept;
  void announce_sleep();
  void end_sleep();
  void look_for_lost_rings();
  void look_at_progress();
  void sweep_windows();
  void sight_items(Clock::time_point now);
  void set_timer(std::optional<Clock::time_point> deadline);

  // worker_table.cpp
  static void sight(Worker& worker, Clock::time_point now);

  template <class F>
  void for_each_crew(F&& function) {
    if (serving_) function(*serving_);
    if (incoming_) function(*incoming_);
    for (const auto& crew : leaving_) function(*crew);
  }
};

}  // namespace forkmap::pool
