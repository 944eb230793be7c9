// SPDX-License-Identifier: Apache-2.0
// The loop of a run over a scripted pool and a scripted reader: no process, and no time.

#include "host/run/loop.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <random>
#include <string>

#include "tests/catch.hpp"

using forkmap::host::run_loop;
using forkmap::host::RunParts;

namespace {

// Nothing that could wake the loop will ever happen.
struct AsleepForEver {};

// A pool whose tasks have one outcome each, a writer that is full at kFull outcomes, and a pipe
// that holds kPipe of them. What a test decides is what workers and the reader do, and when: its
// `world` is called as each call of the loop begins, and again and again while the loop sleeps.
class ScriptedRun : public RunParts {
 public:
  static constexpr int kLanes = 2;
  static constexpr int kUnread = 3;  // outcomes that nobody has taken, then the pool stops feeding
  static constexpr int kFull = 4;
  static constexpr int kPipe = 2;

  explicit ScriptedRun(int tasks) : unfed(tasks) {}

  // --- what workers and the reader do
  bool finish_task() { return move_one(running, finished); }
  void read(int most) {
    const int count = std::min(most, in_pipe);
    in_pipe -= count;
    given += count;
  }

  int unfed;
  int running = 0;    // in lanes
  int finished = 0;   // in lanes, not collected
  int collected = 0;  // ready to be taken
  int buffered = 0;   // in the writer
  int in_pipe = 0;
  int given = 0;        // to the reader
  int withheld = 0;     // that were collected, and wait for their turn
  int short_write = 0;  // so many can be written, then the write ends for another reason
  bool is_blocked = false;
  bool withholds = false;
  std::function<void(const char* call)> world = [](const char*) {};
  std::function<void()> attended = [] {};
  int sleeps = 0;

  void attend() override {
    world("attend");
    attended();
  }

  Taken take() override {
    world("take");
    if (is_full()) return Taken::nothing;
    step();
    if (collected > 0) {
      --collected;
      ++buffered;
      return Taken::outcomes;
    }
    return has_ended() ? Taken::end : Taken::nothing;
  }

  void write() override {
    is_blocked = false;
    while (buffered > 0) {
      world("write");
      if (short_write > 0 && --short_write == 0) return;
      if (in_pipe == kPipe) {
        is_blocked = true;
        return;
      }
      --buffered;
      ++in_pipe;
    }
  }

  [[nodiscard]] bool is_ready() const override {
    if (buffered > 0 && !is_blocked) return true;
    return !is_full() && (collected > 0 || has_ended());
  }

  // As Loop::wait_step(), with the reader's room and other things beside the doorbell.
  void sleep() override {
    world("sleep");
    if (step()) return;
    ++sleeps;
    const auto is_woken = [this] { return finished > 0 || (is_blocked && in_pipe < kPipe); };
    for (int turn = 0; !is_woken(); ++turn) {
      const int before = running + in_pipe;
      world("asleep");
      if (running + in_pipe == before && !is_woken() && turn > 100) throw AsleepForEver{};
    }
    step();
  }

  // Collects and feeds; true if anything was done.
  bool step() {
    bool any = false;
    while (move_one(finished, withholds ? withheld : collected)) any = true;
    while (running + finished < kLanes && collected < kUnread && move_one(unfed, running)) {
      any = true;
    }
    return any;
  }
  void cancel() { unfed = running = finished = 0; }

 private:
  [[nodiscard]] bool is_full() const { return is_blocked && buffered >= kFull; }
  [[nodiscard]] bool has_ended() const {
    return unfed + running + finished + collected + withheld == 0;
  }
  static bool move_one(int& from, int& to) {
    if (from == 0) return false;
    --from;
    ++to;
    return true;
  }
};

bool is_call(const char* call, const char* name) { return std::string(call) == name; }

}  // namespace

TEST_CASE("outcomes that wait for room are taken when one write has emptied a full output") {
  // Everybody waits for the reader, who takes a little, and then reads as fast as is written.
  const int waiting =
      GENERATE(range(0, ScriptedRun::kUnread + 1));  // with none only the end is left
  ScriptedRun run(0);
  run.in_pipe = ScriptedRun::kPipe;
  run.buffered = ScriptedRun::kFull + 1;
  run.is_blocked = true;
  run.collected = waiting;
  run.world = [&](const char* call) {
    if (is_call(call, "asleep") && run.buffered > ScriptedRun::kFull) run.read(1);
    if (is_call(call, "write")) run.read(run.in_pipe < ScriptedRun::kPipe ? 0 : 1000);
  };
  run_loop(run);
  run.read(1000);
  run.write();
  CHECK(run.given + run.in_pipe == ScriptedRun::kPipe + ScriptedRun::kFull + 1 + waiting);
}

TEST_CASE("all outcomes arrive in every one of many schedules of workers and reader") {
  const auto seed = GENERATE(range(0U, 3000U));
  std::mt19937 random(seed);
  const auto one_in = [&random](unsigned n) { return random() % n == 0; };
  const int tasks = static_cast<int>(random() % 60);
  const auto work = static_cast<unsigned>(1 + random() % 6);
  const auto reading = static_cast<unsigned>(1 + random() % 12);
  ScriptedRun run(tasks);
  run.world = [&](const char* call) {
    // Whoever sleeps lives to see whatever can still happen.
    const bool sleeps_long = is_call(call, "asleep") && one_in(4);
    if (one_in(work) || sleeps_long) run.finish_task();
    if (one_in(reading) || sleeps_long) run.read(1 + static_cast<int>(random() % 40));
    if (one_in(40)) run.short_write = 1 + static_cast<int>(random() % 3);
  };
  INFO("seed " << seed);
  REQUIRE_NOTHROW(run_loop(run));
  for (int turn = 0; run.buffered > 0 && turn < 1000; ++turn) {
    run.read(1000);
    run.write();
  }
  CHECK(run.given + run.in_pipe == tasks);
}

TEST_CASE("what a step has brought is attended to before the sleep, though it gave nothing") {
  // The first item runs for ever; the second fails just before the pool's step, and waits for its
  // turn behind the first. The rule says that one failure ends the run.
  ScriptedRun run(0);
  run.running = 2;
  run.withholds = true;
  bool has_failed = false;
  run.world = [&](const char* call) {
    if (!has_failed && is_call(call, "take")) has_failed = run.finish_task();
  };
  run.attended = [&] {
    if (run.withheld == 0) return;
    run.collected += run.withheld;
    run.withheld = 0;
    run.cancel();
  };
  run_loop(run);
  CHECK(has_failed);
}

TEST_CASE("what was written in part is written on before the sleep") {
  // The last outcome is far away.
  ScriptedRun run(0);
  run.running = 1;
  run.buffered = 3;
  run.short_write = 2;
  run.world = [&](const char* call) {
    run.read(1000);
    if (!is_call(call, "asleep")) return;
    CHECK(run.buffered == 0);
    run.finish_task();
  };
  run_loop(run);
  run.write();
  run.read(1000);
  CHECK(run.given == 4);
}

TEST_CASE("a loop that has nothing to do sleeps, once for each thing that wakes it") {
  ScriptedRun run(8);
  run.world = [&](const char* call) {
    run.read(1000);
    if (is_call(call, "asleep")) run.finish_task();
  };
  run_loop(run);
  CHECK(run.sleeps <= 8);
}
