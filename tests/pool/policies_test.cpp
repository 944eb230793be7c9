// SPDX-License-Identifier: Apache-2.0
//
// The policies are pure functions; no process is needed to try them.
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "core/map/chunk_policy.hpp"
#include "core/pool/restart_policy.hpp"
#include "core/worker/task_clock.hpp"
#include "tests/catch.hpp"

namespace forkmap::pool {

TEST_CASE("a death with a culprit or after progress is replaced at once and counts nothing") {
  for (const Death& death :
       {Death{DeathCause::own, true, false, 9}, Death{DeathCause::own, false, true, 9}}) {
    const RestartDecision decision = decide_restart({4, 9}, death);
    CHECK(decision.restart == Restart::now);
    CHECK(decision.state.fruitless_deaths == 0);
  }
}

TEST_CASE("a death that the pool or a dying zygote caused counts nothing") {
  for (const DeathCause cause : {DeathCause::pool, DeathCause::zygote_gone}) {
    const RestartDecision decision = decide_restart({4, 9}, {cause, false, false, 9});
    CHECK(decision.restart == Restart::now);
    CHECK(decision.state.fruitless_deaths == 4);
  }
}

TEST_CASE("fruitless deaths in a row wait longer each time, and the fifth is the last") {
  const DeathCause cause = GENERATE(DeathCause::own, DeathCause::start_failed);
  RestartState state;
  std::vector<std::int64_t> delays_ms;
  for (int death = 0; death < 4; ++death) {
    const RestartDecision decision = decide_restart(state, {cause, false, false, 0});
    REQUIRE(decision.restart == Restart::later);
    delays_ms.push_back(decision.delay.count());
    state = decision.state;
  }
  CHECK(delays_ms == std::vector<std::int64_t>{10, 100, 1000, 1000});
  CHECK(decide_restart(state, {cause, false, false, 0}).restart == Restart::give_up);
  // Anything that the pool settled meanwhile ends the row.
  const RestartDecision after_progress = decide_restart(state, {cause, false, false, 1});
  CHECK(after_progress.restart == Restart::later);
  CHECK(after_progress.state.fruitless_deaths == 1);
}

TEST_CASE("a worker killed from outside before it has done anything is waited out as a shortage") {
  const DeathCause cause = GENERATE(DeathCause::own, DeathCause::start_failed);
  const RestartDecision decision = decide_restart({4, 0}, {cause, false, false, 0, true});
  CHECK(decision.restart == Restart::as_shortage);
  CHECK(decision.state.fruitless_deaths == 4);
  // With a culprit it is a death like any other.
  CHECK(decide_restart({4, 0}, {cause, true, false, 0, true}).restart == Restart::now);
}

TEST_CASE("a worker had come up if it has settled something, or has been ready for a while") {
  const Death killed{DeathCause::own, false, false, 0, true};
  CHECK_FALSE(had_come_up(killed, std::nullopt));
  CHECK_FALSE(had_come_up(killed, kUpAfter - std::chrono::nanoseconds(1)));
  CHECK(had_come_up(killed, kUpAfter));
  CHECK(had_come_up({DeathCause::own, true, false, 0, true}, std::chrono::nanoseconds(1)));
  CHECK(had_come_up({DeathCause::own, false, true, 0, true}, std::chrono::nanoseconds(1)));
}

TEST_CASE(
    "an item is tried retries + 1 times, charged only for its own deaths, and once means once") {
  CHECK(decide_item(DeathCause::own, 0, 1, false) == ItemFate::again_charged);
  CHECK(decide_item(DeathCause::own, 1, 1, false) == ItemFate::failed);
  CHECK(decide_item(DeathCause::own, 0, 0, false) == ItemFate::failed);
  CHECK(decide_item(DeathCause::pool, 5, 1, false) == ItemFate::again_uncharged);
  CHECK(decide_item(DeathCause::zygote_gone, 5, 1, false) == ItemFate::again_uncharged);
  for (const DeathCause cause : {DeathCause::own, DeathCause::pool, DeathCause::zygote_gone}) {
    CHECK(decide_item(cause, 0, 9, true) == ItemFate::failed);
  }
}

TEST_CASE("chunks start at one, grow by steps towards the aim, and shrink towards the end") {
  CHECK(next_chunk_items({}) == 1);
  ChunkQuestion question;
  question.cost = {100, 16};  // ns and bytes an item
  question.last_chunk_items = 1;
  CHECK(next_chunk_items(question) == kChunkGrowth);
  question.last_chunk_items = 1'000'000;
  CHECK(next_chunk_items(question) == 10'000);  // 1 ms
  question.cost = {1, 16};
  CHECK(next_chunk_items(question) <= kLargestChunkItems);
  CHECK(next_chunk_items(question) * 16 <= kPayloadAimBytes);
  question.in_arena = true;
  CHECK(next_chunk_items(question) == 1'000'000);
  question.remaining_items = 800;
  question.workers = 2;
  CHECK(next_chunk_items(question) == 100);  // n / (4 x workers)
  question.remaining_items = 3;
  CHECK(next_chunk_items(question) == 1);
}

TEST_CASE("chunks that must not be cut short at the end, and ones that grow as asked") {
  ChunkQuestion question;
  question.cost = {1, 16};
  question.in_arena = true;
  question.last_chunk_items = 1'000'000;
  question.remaining_items = 800'000;
  question.shortest_time = kShortestArenaTask;
  CHECK(next_chunk_items(question) == 200'000);  // n / (4 x workers) is longer
  question.remaining_items = 100'000;
  CHECK(next_chunk_items(question) == 50'000);
  question.cost = {50'000'000, 16};  // an item longer than that is cut off alone
  CHECK(next_chunk_items(question) == 1);
  question.cost = {1, 16};
  question.remaining_items.reset();
  question.growth = kArenaChunkGrowth;
  question.last_chunk_items = 2;
  CHECK(next_chunk_items(question) == 2 * kArenaChunkGrowth);
}

TEST_CASE("a few long items go together, if none waits long for the others") {
  ChunkQuestion question;
  question.last_chunk_items = 1'000'000;
  for (const auto& [item_ns, items] :
       {std::pair{2e5, 5}, {5e5, 4}, {1e6, 4}, {1.5e6, 2}, {2.1e6, 1}, {1e9, 1}}) {
    question.cost = {item_ns, 8};
    CHECK(next_chunk_items(question) == static_cast<std::uint64_t>(items));
  }
  question.cost = {1e6, 1e9};  // large ones go alone
  CHECK(next_chunk_items(question) == 1);
}

TEST_CASE("items slower than the aim are never chunked, and lanes prefetch little of them") {
  ChunkQuestion question;
  question.cost = {5e6, 8};
  question.last_chunk_items = 1;
  CHECK(next_chunk_items(question) == 1);
  CHECK(lane_depth_tasks(question.cost, 1, 64) == kShallowDepthTasks);
  CHECK(lane_depth_tasks({1000, 8}, 1, 64) == 64);
  CHECK(lane_depth_tasks({}, 1, 64) == kShallowDepthTasks);
}

TEST_CASE("the measure follows what is measured") {
  ItemCost cost;
  cost = with_task(cost, 0, 100, 100);
  CHECK(cost.time_ns == 0);
  cost = with_task(cost, 10, 1000, 160);
  CHECK(cost.time_ns == Approx(100));
  CHECK(cost.payload_bytes == Approx(16));
  for (int task = 0; task < 50; ++task) cost = with_task(cost, 10, 2000, 160);
  CHECK(cost.time_ns == Approx(200).epsilon(0.01));
}

TEST_CASE(
    "a clock of short tasks notices when they become long, with waits between them and without") {
  const bool waits = GENERATE(false, true);
  constexpr std::uint32_t kLongNs = 1'000'000;
  TaskClock clock;
  clock.start();
  for (int task = 0; task < 1000; ++task) {
    if (waits) clock.start();
    (void)clock.task_ended_ns(1);
  }
  float measured_ns = 0;
  int tasks = 0;
  for (; measured_ns < kLongNs && tasks < 40; ++tasks) {
    if (waits) clock.start();
    std::this_thread::sleep_for(std::chrono::nanoseconds(2 * kLongNs));
    measured_ns = clock.task_ended_ns(1);
  }
  CHECK(tasks < 40);
  // What is waited for between two tasks is not counted as theirs.
  std::this_thread::sleep_for(std::chrono::nanoseconds(100 * kLongNs));
  const auto before = std::chrono::steady_clock::now();
  clock.start();
  const auto task_ns = static_cast<double>(clock.task_ended_ns(1));
  const std::chrono::duration<double, std::nano> most = std::chrono::steady_clock::now() - before;
  CHECK(task_ns <= most.count() * 1.001);  // a float is no more precise
}

TEST_CASE("a clock of short tasks measures a large task among them by itself") {
  const bool waits = GENERATE(false, true);
  TaskClock clock;
  clock.start();
  for (int task = 0; task < 1001; ++task) (void)clock.task_ended_ns(1);
  for (int task = 0; task < 2; ++task) {
    if (waits) clock.start();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const float time_ns = clock.task_ended_ns(100'000);
    if (task == 1 || !waits) CHECK(time_ns >= 2'000'000);
  }
}

}  // namespace forkmap::pool
