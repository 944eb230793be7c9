// SPDX-License-Identifier: Apache-2.0
//
// Where items run: the seam between what a map is owed (the ledger) and who runs its items. A site
// takes items from the ledger, which is concrete, and gives their outcomes back to it. The loop
// knows sites by this interface only. What belongs to one kind of site (workers, a zygote) is in
// that kind's own interface, which its maker uses.
//  S1 One thread makes all calls. step() is one virtual call for all items of a step.
//  S2 A site settles each portion that it has taken, or gives it back to the ledger, once. After
//     end() it holds none.
//  S3 User code (item sources) may run inside step(). It may call every function here, step() and
//     end() too.
//  S4 A site that has failed takes nothing any more, and stays failed. It keeps what it holds until
//     its maker calls end().
//  S5 fds() are the same from construction to destruction.
#pragma once

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/site/failure.hpp"
#include "core/site/look.hpp"
#include "core/site/stall_kind.hpp"
#include "core/site/step_time.hpp"

namespace forkmap::pool {

class Map;

// With work out, a site looks at what runs so long after it went to sleep, before the long sleep.
inline constexpr std::chrono::milliseconds kSeeInterval{100};

class Site {
 public:
  Site() = default;
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;
  virtual ~Site() = default;

  // --- how it is
  enum class State : std::uint8_t {
    coming_up,  // nothing can run yet, or for the moment
    serving,
    leaving,  // runs what it has begun
    gone
  };
  [[nodiscard]] virtual State state() const = 0;  // of one that has not failed
  [[nodiscard]] bool has_failed() const noexcept { return failure_.is_set(); }
  [[nodiscard]] const std::string& failure() const noexcept { return failure_.why(); }
  void fail(const std::string& why) { failure_.set(why); }
  // It holds tasks that run, or that wait behind one that runs.
  [[nodiscard]] virtual bool holds_work() const = 0;
  // It could run something at once, and holds nothing at all.
  [[nodiscard]] virtual bool is_idle() const = 0;
  // It could run at once what another site holds and has not begun.
  [[nodiscard]] virtual bool wants_work() const { return is_idle(); }
  // Why it has nothing to do though its host waits, if that is so. Where all items were given out
  // that is no stall: the last ones run.
  [[nodiscard]] virtual std::optional<StallKind> stall() const = 0;

  // A map that it never can run was met in its last step, and waits for another site: why. Empty:
  // none was.
  [[nodiscard]] virtual std::string unserved() const { return {}; }

  // --- work
  virtual void begin(Clock::time_point now) = 0;  // throws SystemError
  // Takes news and outcomes in, gives items out while there is room. Never blocks. True if anything
  // was done.
  virtual bool step(Look look, StepTime time) = 0;
  // Looks for results for as long as that pays. True: there are some.
  [[nodiscard]] virtual bool look_for_results() noexcept = 0;
  // Something may be seen only by who looks at what runs; nothing else is done.
  virtual void see_items(Clock::time_point now) = 0;

  // --- sleep: announce, step, sleep on the descriptors until the deadline, end
  // From now on what happens makes a descriptor readable.
  virtual void announce_sleep() = 0;
  struct Sleep {
    Clock::time_point begun{};
    Clock::time_point planned_end{};
    bool by_time = false;                // nothing but the time has ended it
    std::span<const pollfd> ready = {};  // fds(), as they were found; empty: there was no sleep
  };
  virtual void end_sleep(const Sleep& sleep) = 0;
  [[nodiscard]] virtual std::span<const int> fds() const noexcept = 0;
  virtual void ring() const noexcept = 0;   // makes one of them readable
  virtual void drain() const noexcept = 0;  // what was rung; to be called before a step
  [[nodiscard]] virtual std::optional<Clock::time_point> next_deadline(
      Clock::time_point now) const = 0;

  // --- changes
  // The map was cancelled: what has not begun goes back to the ledger; what runs is stopped at
  // map.stop_at.
  virtual void recall(Map& map, Clock::time_point now) = 0;
  // What nobody has begun, nor is about to begin, goes back to the ledger. True if there was
  // something.
  virtual bool give_back() = 0;
  // Nothing, if it is so already. Otherwise how long the pause was that ends now; zero: it begins.
  virtual std::optional<Clock::duration> pause(bool on, Clock::time_point now) = 0;
  // Takes nothing any more, and runs what it has begun; then it is gone.
  virtual void leave() = 0;
  // At once: nothing of it runs any more (S2).
  virtual void end() = 0;

 protected:
  [[nodiscard]] Failure& failure_place() noexcept { return failure_; }

 private:
  Failure failure_;
};

}  // namespace forkmap::pool
