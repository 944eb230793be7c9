// SPDX-License-Identifier: Apache-2.0
//
// What is behind pool::Engine. Its parts are in files of their own, which are named below.
// Runs in the host, one thread. Invariants: engine.hpp, map.hpp, host_lane.hpp.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/lane/doorbell.hpp"
#include "core/lane/spin_policy.hpp"
#include "core/map/ledger.hpp"
#include "core/pool/crew.hpp"
#include "core/pool/death_report.hpp"
#include "core/pool/engine.hpp"
#include "core/pool/events.hpp"
#include "core/pool/oom_kills.hpp"
#include "core/pool/orphans.hpp"
#include "core/pool/pool_owner.hpp"
#include "core/pool/restart_policy.hpp"
#include "core/pool/result_reader.hpp"
#include "core/pool/settings.hpp"
#include "core/pool/spent_lanes.hpp"
#include "core/pool/standing.hpp"
#include "core/pool/worker_process.hpp"
#include "core/process/zygote.hpp"

namespace forkmap::pool {

class EngineCore : public std::enable_shared_from_this<EngineCore> {
 public:
  EngineCore(const plugin::RegistryTable& table, PoolOptions options, PoolObserver* observer,
             Orphans* orphans);
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
  // From now on that holds after every call of the owner's (EngineCall is one).
  [[nodiscard]] int fd() noexcept;
  [[nodiscard]] int fd_after_advance() const noexcept { return epoll_.get(); }
  void enter();  // throws WrongThread
  void leave() noexcept;
  void set_due(bool due) noexcept;  // the caller of the engine has something to do as well
  void prepare_hand_over();
  void refork();
  void resize(int workers);
  void shutdown(Pending pending);
  void kill();
  void pause(bool on);
  bool signal_worker(int number, int signal);
  void require_owner() const;
  void require_open() const;
  [[nodiscard]] Ledger& ledger() noexcept { return ledger_; }
  [[nodiscard]] std::vector<WorkerInfo> workers();
  [[nodiscard]] pid_t zygote_pid() const noexcept;
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  [[nodiscard]] const PoolOptions& options() const noexcept { return settings_.options(); }
  [[nodiscard]] const plugin::RegistryTable& table() const noexcept { return settings_.table(); }
  [[nodiscard]] const std::shared_ptr<PoolOwner>& owner() const noexcept { return owner_; }
  [[nodiscard]] const std::shared_ptr<shm::Arena>& arena() const noexcept {
    return settings_.arena();
  }
  [[nodiscard]] std::uint64_t rescues() const noexcept { return rescues_; }
  [[nodiscard]] bool broken() const noexcept { return !broken_why_.empty(); }
  [[nodiscard]] const std::string& broken_why() const noexcept { return broken_why_; }
  [[nodiscard]] plugin::Generation generation() const noexcept { return generation_; }

 private:
  // Constant after construction.
  Settings settings_;
  Events events_;
  Ledger ledger_;
  Orphans* orphans_;  // null: this process adopts none
  std::shared_ptr<PoolOwner> owner_ = std::make_shared<PoolOwner>();
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
  bool break_due_ = false;          // the pool is broken, and its end is to come in this step
  std::string last_start_failure_;  // of the last incoming crew
  bool closed_ = false;
  bool told_bad_end_ = false;                         // of a worker that was leaving
  std::map<std::uint32_t, std::uint32_t> told_left_;  // by function: what it leaves behind
  std::optional<Clock::time_point> paused_at_;
  std::optional<Clock::time_point> shortage_since_;
  std::string last_shortage_;  // what was tried, and why it failed
  std::optional<Clock::time_point>
      recrew_at_;  // the serving crew is gone; the next is to be forked
  std::uint32_t recrew_tries_ = 0;
  Clock::time_point last_notice_{};
  // Work.
  Clock::time_point last_wear_look_{};
  Clock::time_point next_zygote_look_{};
  OomWatch oom_watch_;
  std::deque<Task> pending_;   // taken back, moved or to be tried again
  bool retries_wait_ = false;  // among them
  std::vector<Task> stale_;    // waiting for a refork (OnStale::refork)
  std::optional<plugin::Generation> stale_reforked_for_;
  SpentLanes spent_lanes_;
  ResultBatch strip_;               // single results that are being gathered
  std::shared_ptr<Map> strip_map_;  // whose they are; null: none
  std::uint64_t strip_time_ns_ = 0;
  std::size_t next_worker_ = 0;  // round robin
  std::uint64_t steps_ = 0;
  std::uint64_t rescues_ = 0;
  lane::SpinPolicy spin_;
  Clock::time_point last_progress_look_{};
  bool any_large_window_ = false;  // that is to be given back when it is idle
  Clock::time_point last_sighting_{};
  std::atomic<bool> fd_given_{false};
  int calls_ = 0;  // of the owner's that are under way, one inside another
  bool is_due_ = false;
  std::map<std::uint32_t, int> vector_crashes_;  // of vectorized functions in calls of many items
  // engine_crews.cpp: crews come up, are renewed and resized
  [[nodiscard]] std::shared_ptr<Crew> start_crew(CrewReason reason);
  void abandon_crew(Crew& crew);
  void watch_crew(const Crew& crew);
  void unwatch_crew(const Crew& crew);
  bool advance_incoming();
  void switch_to_incoming();
  void fail_incoming(const std::string& why);
  void spawn_workers(Crew& crew);
  bool spawn(Crew& crew, Worker& worker);
  void watch_phases(Crew& crew);
  void fit(Crew& crew);
  void retire(Crew& crew, Worker& worker);
  void send_home(std::shared_ptr<Crew> crew);
  bool sweep_leaving();
  void break_pool(const std::string& why);
  bool finish_break();
  void end_all_as(ErrorKind kind, const std::string& message);
  // engine_feed.cpp: items from sources into tasks
  bool feed(Look look = Look::everything);
  void wake_workers() noexcept;
  bool give_some(Worker& worker);
  bool give_from(const std::shared_ptr<Map>& map, Worker& worker, std::uint64_t chunk);
  bool give_arena(const std::shared_ptr<Map>& map, Worker& worker, std::uint64_t chunk);
  [[nodiscard]] ItemSource::Fill ask_source(Map& map, InputBlock& block, std::size_t limit);
  bool settle_fill(Worker& worker, const std::shared_ptr<lane::HostLane>& target,
                   std::uint32_t window, Task task, const InputBlock& block, ItemSource::Fill fill);
  enum class GiveResult : std::uint8_t { given, lane_has_enough, map_has_none };
  [[nodiscard]] GiveResult give_of(const std::shared_ptr<Map>& map, Worker& worker);
  void note_end_of_source(const std::shared_ptr<Map>& map, ItemSource::Fill fill);
  void push(Worker& worker, Task task, std::uint32_t window);
  void publish(Worker& worker, TaskInCell& truth, std::uint32_t window);
  bool rebalance(Look look);
  void take_back_all(Worker& worker);
  [[nodiscard]] Task task_from_cell(Worker& worker, std::uint32_t cell);
  [[nodiscard]] Task sub_task(const Task& task, std::uint32_t first, std::uint32_t count) const;
  void hold_window(Worker& worker, TaskInCell& cell);
  static void wake(Worker& worker);
  [[nodiscard]] std::size_t chunk_for(Map& map, const Worker& worker) const;
  [[nodiscard]] std::uint64_t quota_left(const Worker& worker) const noexcept;
  // engine_pending.cpp: tasks that wait for a worker
  enum class Whose : std::uint8_t { own_or_free, anybodys };
  bool give_pending(Worker& worker, Whose whose = Whose::own_or_free);
  [[nodiscard]] std::deque<Task>::iterator pending_for(const Worker& worker, Whose whose);
  [[nodiscard]] static bool runs_retry(const Worker& worker);
  [[nodiscard]] bool is_at_home(const Task& task) const;
  void keep_rows(Task& task);
  void keep_rows_of(const lane::HostLane& lane);
  void home_retries();
  // engine_singles.cpp: tasks of one small item, which travel inside cells, both ways
  bool give_singles(const std::shared_ptr<Map>& map, Worker& worker, std::uint32_t depth);
  void push_single(Worker& worker, const std::shared_ptr<Map>& map, const std::byte* payload,
                   std::uint32_t window);
  [[nodiscard]] bool gather(Worker& worker, TaskInCell& cell, const lane::Completion& completion);
  void deliver_strip();
  // engine_collect.cpp: results out of cells
  bool collect(Crew& crew);
  bool collect_worker(Crew& crew, Worker& worker);
  [[nodiscard]] bool take_results(Crew& crew, Worker& worker, TaskInCell& cell,
                                  const lane::Completion& completion);
  [[nodiscard]] bool keep_results(Worker& worker, TaskInCell& cell, std::uint32_t cell_index,
                                  std::uint32_t complete, const lane::Completion* completion);
  static void note_times(Worker& worker, const Task& task, ResultBatch& batch,
                         const lane::Completion* completion = nullptr);
  void settle_stale(Crew& crew, Worker& worker, Task task);
  // engine_deaths.cpp: what follows a worker's death
  bool service();
  bool service_crew(Crew& crew);
  void handle(Crew& crew, process::Zygote::Message message);
  void handle_exit(Crew& crew, Worker& worker, const process::Event& event);
  bool recover(Crew& crew, Worker& worker, const DeathReport& report);  // true: an item ran
  // `before`: items of its task that the worker has run before it.
  void settle_culprit(Worker& worker, Task task, const DeathReport& report,
                      std::vector<Task>& moved, std::uint32_t before = 0);
  void settle_suspects(Worker& worker, TaskInCell& cell, const DeathReport& report,
                       std::vector<Task>& moved, bool& blamed);
  void settle_remains(Crew& crew, Worker& worker, const lane::Remains& remains,
                      const DeathReport& report, std::vector<Task>& moved, bool& blamed);
  void tell_left_state(const plugin::FunctionEntry& function, std::uint32_t flags);
  // `hook`: the start hook that the worker died in, "start hook of plugin x"; empty: in none.
  void replace_or_not(Crew& crew, Worker& worker, const Death& death, const std::string& how,
                      const std::string& hook);
  void condemn(Crew& crew, Worker& worker, Condemned why);
  void ask_stop(Crew& crew, Worker& worker);
  void chase_cancelled();
  // engine_output.cpp: what workers print
  [[nodiscard]] base::UniqueFd open_output(Worker& worker);  // the worker's end
  void pass_on(Worker& worker, std::string_view bytes);
  void read_output(Worker& worker, std::uint64_t until_bytes);
  void read_some_output(Worker& worker);
  void read_last_output(Worker& worker);
  void close_output(Worker& worker);
  void tell_printed(Worker& worker, std::uint32_t turn, const std::vector<RawError>& raw,
                    std::vector<ItemError>& errors);
  void tell_last_printed(Worker& worker, DeathReport& report);
  // engine_shortage.cpp: when the system has nothing to fork a worker with
  enum class StartState : std::uint8_t { coming, up, failed };
  void note_shortage(Worker& worker, const std::string& why);
  [[nodiscard]] StartState look_at_start(const Crew& crew) const;
  [[nodiscard]] int affordable_workers(int had, int wanted) const;
  // engine_zygotes.cpp: what follows a zygote's death, and a zygote that is stopped
  [[nodiscard]] bool may_fork_again(const Crew& dead, const std::string& how);
  void recrew();
  void zygote_ended(Crew& crew);
  void watch_zygotes();
  [[nodiscard]] bool needs_zygotes() const noexcept;
  // engine_vectors.cpp: vectorized functions, called for many items or for each alone
  static constexpr int kVectorCrashLimit = 3;
  [[nodiscard]] bool runs_item_by_item(const Task& task) const;
  [[nodiscard]] bool settle_vector_call(const Task& task, std::uint32_t complete,
                                        const Worker& worker, const DeathReport& report,
                                        std::vector<Task>& moved);
  void note_vector_crash(const plugin::FunctionEntry& function, const DeathReport& report);
  // engine_crashes.cpp: what is told of a worker's crash
  static void read_crash(const Crew& crew, const Worker& worker, const process::Event& event,
                         DeathReport& report);
  [[nodiscard]] CrashReport describe_crash(const Worker& worker, const Task& task,
                                           const DeathReport& death) const;
  [[nodiscard]] std::optional<CrashReport> tell_crash(const Worker& worker, const Task& task,
                                                      const DeathReport& death,
                                                      bool is_final) const;
  [[nodiscard]] static std::string how_and_where(const DeathReport& death);
  // engine_recycling.cpp: workers that are replaced for their age or their growth
  [[nodiscard]] std::uint64_t resident_of_zygote(const Crew& crew) const;
  [[nodiscard]] bool is_worn(const Worker& worker, Clock::time_point now) const;
  void replace_worn();
  void explain_refused_memory(ItemError& error) const;
  // engine_time.cpp: time limits of items
  void tell_time_limits(Crew& crew);
  void count_running(Worker& worker, Clock::time_point now);
  // engine_events.cpp: what is told to an observer (to be called with an observer only)
  void tell_ready(const Crew& crew, const Worker& worker) const;
  void tell_ran(const Worker& worker, const Task& task, const ResultBatch& batch,
                bool is_measured) const;
  void tell_lost(const Worker& worker, const Task& task, const ResultBatch& times,
                 bool is_final) const;
  [[nodiscard]] WorkerEnd end_of(const Crew& crew, const Worker& worker,
                                 const process::Event& event) const;
  void tell_crew(const Crew& crew, std::string_view failure) const;
  [[nodiscard]] std::optional<StallKind> stall() const;
  // engine_wait.cpp: one step, and waiting for the next
  [[nodiscard]] Standing standing() const noexcept {
    return {ledger_.deliveries(), ledger_.maps().awaiting_release(), broken()};
  }
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
  // engine_descriptor.cpp: its one descriptor, for somebody's poll loop
  void prepare_return() noexcept;
  void set_timer(std::optional<Clock::time_point> deadline);
  // worker_table.cpp: what the pool tells of its workers
  static void sight(Worker& worker, Clock::time_point now);
  template <class F>
  void for_each_crew(F&& function) {
    if (serving_) function(*serving_);
    if (incoming_) function(*incoming_);
    for (const auto& crew : leaving_) function(*crew);
  }
};

}  // namespace forkmap::pool
