// SPDX-License-Identifier: Apache-2.0
//
// The other end of a RemoteSite: an engine of this machine that runs the rows which a coordinator
// sends, one map of text for each map that is open there. Runs in a process of its own, one thread.
//  A1 Each row of a block that has come is in one part, or one `returned`, that is sent; but for
//     what nobody will read, since the connection is over.
//  A2 Outcomes of a broken pool are sent to nobody: the rows run elsewhere, and `bye` says why.
//  A3 What workers print, and how they crashed, is sent before the outcomes that follow it.
//  A4 Without a coordinator (its end of the socket is closed, or it has been silent for too long)
//     the agent kills its workers and leaves.
#pragma once

#include <chrono>
#include <cstdint>
#include <forkmap/options.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/epoll.hpp"
#include "core/node/agent_events.hpp"
#include "core/node/agent_output.hpp"
#include "core/node/block_queue.hpp"
#include "core/node/connection.hpp"
#include "core/node/messages.hpp"
#include "core/pool/engine.hpp"

namespace forkmap::node {

class Agent {
 public:
  using Clock = std::chrono::steady_clock;

  struct CoordinatorEnd {
    base::UniqueFd socket;
    CodeFacts facts = {};  // for `hello`
  };
  // Called when the workers are there, so that what is loaded by it is what they lack. They inherit
  // nothing of the socket, even if it was there before: it is a descriptor of forkmap's own. What
  // it throws the constructor throws.
  using Connect = std::function<CoordinatorEnd()>;

  // Forks workers; returns when they are ready, with `hello` on its way. `table` outlives it.
  // Callbacks of `options` for output and crashes are not used: the coordinator hears of these.
  // Throws what Engine does.
  Agent(const plugin::RegistryTable& table, PoolOptions options, const Connect& connect,
        std::string host);
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  ~Agent() = default;

  // Until it is over; returns why. Empty: the coordinator has asked for that.
  std::string run();
  // What can be done, after something has happened or `limit` is over.
  void step(std::chrono::nanoseconds limit);
  [[nodiscard]] bool is_over() const noexcept { return is_over_; }
  [[nodiscard]] const std::string& why_over() const noexcept { return why_over_; }
  // It waits for its coordinator to take what workers have printed, and leaves them alone.
  [[nodiscard]] bool rests() { return output_.must_rest(connection_); }
  [[nodiscard]] pid_t zygote_pid() const noexcept { return engine_.zygote_pid(); }

 private:
  struct OpenedMap {
    std::shared_ptr<BlockQueue> queue;
    std::shared_ptr<pool::Map> map;
    types::TextRules rules;
    bool wants_columns = false;
    const plugin::FunctionEntry* function = nullptr;
  };
  struct UnsentParts {
    Parts parts;
    std::uint64_t result_bytes = 0;
    Clock::time_point since{};
    bool is_block_complete = false;  // some
  };
  struct HeardPing {
    std::uint64_t time_ns;  // that it had
    Clock::time_point at;
  };

  const plugin::RegistryTable& table_;
  // What the engine tells of its workers.
  AgentOutput output_;
  AgentEvents events_;
  std::vector<CrashReport> crashes_;
  pool::Engine engine_;
  base::UniqueFd epoll_ = base::new_epoll();
  CoordinatorEnd coordinator_;  // until it is connected
  Connection connection_;
  std::map<std::uint64_t, OpenedMap> maps_;              // by the coordinator's number
  std::map<std::uint64_t, std::uint64_t> map_of_block_;  // of those with rows that are ours
  std::optional<Welcome> welcome_;
  std::uint32_t epoch_ = 0;
  std::uint32_t peer_ = 0;
  Clock::time_point last_heard_ = Clock::now();
  Clock::time_point next_beat_ = Clock::now();
  bool is_paused_ = false;
  Clock::time_point next_table_ = Clock::now();  // of workers
  std::optional<HeardPing> ping_;                // the last one
  std::uint64_t items_done_ = 0;
  UnsentParts unsent_;

  bool is_over_ = false;
  std::string why_over_;

  [[nodiscard]] PoolOptions taken_over(PoolOptions options);
  void send(Message&& message);
  void wait(std::chrono::nanoseconds limit);
  void take_messages();
  void take(Message&& message);
  void open(const OpenMap& open);
  void add(Block&& block);
  void recall(std::uint64_t block);
  void cancel(const CancelMap& cancel);
  void give_back(OpenedMap& opened, std::uint64_t block);
  void read_outcomes(Clock::time_point now);
  void add_outcomes(OpenedMap& opened, const ResultBatch& batch);
  void tell(Clock::time_point now);
  void send_crash(CrashReport&& report);
  void send_parts(Clock::time_point now);
  void send_beat(Clock::time_point now);
  void note_silence(Clock::time_point now);
  [[nodiscard]] std::chrono::nanoseconds until_due(Clock::time_point now) const;
  void leave(const std::string& why);  // says so first
  void finish();                       // what is done, and what workers say at their end
  void end(const std::string& why);    // at once: nobody listens
};

}  // namespace forkmap::node
