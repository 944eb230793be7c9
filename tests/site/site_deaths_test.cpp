// SPDX-License-Identifier: Apache-2.0
//
// What a dead worker leaves behind, row by row of the table in core/lane/cell_state.hpp, and what
// becomes of its items. No process is needed: a worker dies where the test says.
#include <poll.h>

#include <sys/wait.h>

#include <csignal>

#include "tests/catch.hpp"
#include "tests/site/made_up_site.hpp"

using namespace std::chrono_literals;

namespace forkmap::testing {

TEST_CASE("without deaths every item has its value") {
  MadeUpSite made(3);
  made.begin();
  const auto map = made.open("square", 0, 1000, chunks_of(7));
  made.run();
  CHECK(map->settled());
  check_squares(made.read(*map), 1000);
  CHECK(made.told.ran == 1000);
  CHECK(made.told.lost == 0);
}

TEST_CASE("single results that come in cells are gathered, each once") {
  MadeUpSite made(2);
  made.timed = false;
  made.begin();
  const auto map = made.open("square", 0, 500, chunks_of(1));
  made.run();
  check_squares(made.read(*map), 500);
}

TEST_CASE("what a worker has not begun when it dies is dealt elsewhere, uncharged") {
  MadeUpSite made(2);
  made.begin();
  const auto map = made.open("square", 0, 40, chunks_of(10));
  made.zygote().exit(0, SIGSEGV);
  made.run();
  check_squares(made.read(*map), 40);
  CHECK(made.told.lost == 0);
  made.wait(10ms);  // it has died without having done anything
  CHECK(made.zygote().spawns() == 3);
}

TEST_CASE("killed between its claim and its first word: item 0 is the culprit") {
  MadeUpSite made(1, with_retries(0));
  made.begin();
  const auto map = made.open("square", 0, 5, chunks_of(5));
  REQUIRE(made.worker(0).stop_at_claim());
  made.zygote().exit(0, SIGSEGV);
  made.run();
  const SiteOutcomes outcomes = made.read(*map);
  check_squares(outcomes, 5);
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.begin()->first == 0);
}

TEST_CASE(
    "inside item n: items before it are kept, it is the culprit, the rest is dealt elsewhere") {
  for (const std::uint32_t inside : {0U, 1U, 3U, 4U}) {
    CAPTURE(inside);
    MadeUpSite made(1, with_retries(0));
    made.begin();
    const auto map = made.open("square", 0, 5, chunks_of(5));
    REQUIRE(made.worker(0).stop_inside(inside));
    made.zygote().exit(0, SIGSEGV);
    made.settle();
    const SiteOutcomes kept = made.read(*map);
    CHECK(kept.values.size() == inside);
    REQUIRE(kept.errors.size() == 1);
    const ItemError& error = kept.errors.begin()->second;
    CHECK(kept.errors.begin()->first == inside);
    CHECK(error.kind == ErrorKind::worker_died);
    CHECK(error.signal == SIGSEGV);
    CHECK(error.attempt == 1);
    made.run();
    CHECK(made.read(*map).values.size() == 4 - inside);
    CHECK(map->settled());
    CHECK(made.told.lost == 1);
    CHECK(made.told.lost_finally == 1);
    CHECK(made.told.ran == 4);
  }
}

TEST_CASE("after the last item, before it is published: all are kept, nobody is charged") {
  MadeUpSite made(1, with_retries(0));
  made.begin();
  const auto map = made.open("square", 0, 5, chunks_of(5));
  REQUIRE(made.worker(0).stop_inside(std::nullopt));
  made.zygote().exit(0, SIGSEGV);
  made.settle();
  check_squares(made.read(*map), 5);
  CHECK(map->settled());
  CHECK(made.told.lost == 0);
  CHECK(made.told.ran == 5);
}

TEST_CASE("after it was published: it is collected") {
  MadeUpSite made(1, with_retries(0));
  made.begin();
  const auto map = made.open("square", 0, 5, chunks_of(5));
  REQUIRE(made.worker(0).run_one());
  made.zygote().exit(0, SIGSEGV);
  made.wake_by_zygote();  // the death is seen before the results
  check_squares(made.read(*map), 5);
  CHECK(map->settled());
}

TEST_CASE("a worker that leaves by exit() inside an item has an exit status, and no signal") {
  MadeUpSite made(1, with_retries(0));
  made.begin();
  const auto map = made.open("square", 0, 1, chunks_of(2));
  REQUIRE(made.worker(0).stop_inside(0));
  made.zygote().exit(0, W_EXITCODE(7, 0));
  made.run();
  const SiteOutcomes outcomes = made.read(*map);
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.at(0).exit_status == 7);
  CHECK_FALSE(outcomes.errors.at(0).signal);
}

TEST_CASE("an item that runs longer than its limit is TimedOut, and says the limit") {
  MadeUpSite made(1, with_retries(0));
  made.begin();
  const auto map = made.open("square", 0, 3, chunks_of(3));
  REQUIRE(made.worker(0).stop_inside(1));
  made.zygote().exit(0, SIGKILL, process::ExitCause::time_limit, 1'500'000'000);
  made.run();
  const SiteOutcomes outcomes = made.read(*map);
  check_squares(outcomes, 3);
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.at(1).kind == ErrorKind::timed_out);
  CHECK(outcomes.errors.at(1).message.find("1500 ms") != std::string::npos);
}

TEST_CASE("one that had just finished the item that it was stopped for charges nobody") {
  MadeUpSite made(1, with_retries(0));
  made.begin();
  const auto map = made.open("square", 0, 3, chunks_of(3));
  REQUIRE(made.worker(0).run_one());
  made.zygote().exit(0, SIGKILL, process::ExitCause::time_limit, 1'000'000);
  made.run();
  CHECK(made.read(*map).values.size() == 3);
  CHECK(made.phase(0) == pool::WorkerPhase::serving);
}

TEST_CASE("progress beyond the task, or of another turn, is believed in nothing") {
  for (const bool beyond : {true, false}) {
    CAPTURE(beyond);
    MadeUpSite made(1, with_retries(0));
    made.begin();
    const auto map = made.open("square", 0, 4, chunks_of(4));
    REQUIRE(made.worker(0).stop_inside(2));
    const std::uint32_t turn = made.worker(0).turn();
    made.worker(0).scribble_progress(beyond ? lane::progress_word(turn, 5)
                                            : lane::progress_word(turn + 1, 2));
    made.zygote().exit(0, SIGSEGV);
    made.run();
    // With another turn nothing was begun, as far as is known: item 0 is the culprit.
    const SiteOutcomes outcomes = made.read(*map);
    check_squares(outcomes, 4);
    CHECK(outcomes.errors.size() == (beyond ? 0 : 1));
  }
}

TEST_CASE("a chunk that contradicts itself is run again item by item, and finds its culprit") {
  MadeUpSite made(1, with_retries(0));
  made.begin();
  const auto map = made.open("square", 0, 4, chunks_of(4));
  REQUIRE(made.worker(0).stop_inside(2));
  made.worker(0).scribble_state(0xffffffffU);
  made.zygote().exit(0, SIGSEGV);
  made.settle();
  CHECK(made.read(*map).count() == 0);
  for (int item = 0; item < 4; ++item) {
    if (item != 2) {
      REQUIRE(made.worker(0).run_one());
    } else {
      REQUIRE(made.worker(0).stop_inside(0));
      made.zygote().exit(0, SIGSEGV);
    }
    made.settle();
  }
  made.run();
  const SiteOutcomes outcomes = made.read(*map);
  check_squares(outcomes, 4);
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.begin()->first == 2);
}

TEST_CASE("a lane that contradicts itself while its worker lives: it is killed and replaced") {
  MadeUpSite made(1, with_retries(0));
  made.begin();
  const auto map = made.open("square", 0, 6, chunks_of(3));
  REQUIRE(made.worker(0).stop_at_claim());
  made.worker(0).scribble_state(0xffffffffU);
  made.settle();
  CHECK(made.zygote().kills() == 1);
  made.run();
  CHECK(map->settled());
  check_squares(made.read(*map), 6);
  CHECK(made.told.ends[pool::WorkerEnd::died] == 1);
}

TEST_CASE("a progress word that no worker can have written is found once a second") {
  MadeUpSite made(1, with_retries(0));
  made.begin();
  const auto map = made.open("square", 0, 2, chunks_of(2));
  REQUIRE(made.worker(0).stop_inside(1));
  made.worker(0).scribble_progress(lane::progress_word(made.worker(0).turn() + 9, 1));
  made.settle();
  CHECK(made.zygote().kills() == 0);
  made.wait(1s);
  CHECK(made.zygote().kills() == 1);
  made.run();
  CHECK(map->settled());
}

TEST_CASE("a call for many items that dies is repeated item by item, and charges nobody") {
  MadeUpSite made(1, with_retries(0));
  made.begin();
  const auto map = made.open("squares", 0, 6, chunks_of(6));
  REQUIRE(made.worker(0).stop_inside(0));
  made.zygote().exit(0, SIGSEGV);
  made.settle();
  CHECK(made.told.lost == 0);
  REQUIRE(made.worker(0).stop_inside(3));  // the second time, each alone
  made.zygote().exit(0, SIGSEGV);
  made.run();
  const SiteOutcomes outcomes = made.read(*map);
  check_squares(outcomes, 6);
  REQUIRE(outcomes.errors.size() == 1);
  CHECK(outcomes.errors.begin()->first == 3);
}

TEST_CASE("a function whose calls for many have killed three workers is called for each alone") {
  MadeUpSite made(1, with_retries(0));
  made.begin();
  for (int death = 0; death < 3; ++death) {
    const auto map = made.open("squares", 0, 4, chunks_of(4));
    REQUIRE(made.worker(0).stop_inside(0));
    made.zygote().exit(0, SIGSEGV);
    made.run();
    CHECK(made.read(*map).values.size() == 4);
  }
  REQUIRE(made.notices.size() == 1);
  CHECK(made.notices[0].find("called for each item alone") != std::string::npos);
  const auto map = made.open("squares", 0, 4, chunks_of(4));
  REQUIRE(made.worker(0).stop_inside(1));
  made.zygote().exit(0, SIGSEGV);
  made.run();
  CHECK(made.read(*map).errors.size() == 1);
}

TEST_CASE("between its last word and its end a zygote does not keep the host awake") {
  MadeUpSite made(1);
  made.begin();
  made.zygote().hang_up();
  made.settle();
  const auto has_news = [&] {
    pollfd service{made.site->fds().back(), POLLIN, 0};
    return ::poll(&service, 1, 0) == 1;
  };
  CHECK_FALSE(has_news());
  made.zygote().die();
  CHECK(has_news());
  made.settle();
  CHECK(made.told.zygotes_gone == 1);
}

}  // namespace forkmap::testing
