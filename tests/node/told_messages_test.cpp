// SPDX-License-Identifier: Apache-2.0
//
// Messages about workers: there and back, cut short, and changed at random.
#include <limits>
#include <string>

#include "core/node/messages.hpp"
#include "tests/catch.hpp"
#include "tests/node/changed_messages.hpp"

namespace forkmap::testing {

using node::to_message;

TEST_CASE("what was printed comes back as it was") {
  node::Printed printed{.cut_bytes = 3, .bytes = std::string("so\0far\n", 7)};
  printed.lines = {{0, 4711, "a line"}, {4095, 1, ""}};
  node::Printed to;
  REQUIRE(from_message(to_message(printed), to).empty());
  CHECK(to.cut_bytes == 3);
  CHECK(to.bytes == printed.bytes);
  REQUIRE(to.lines.size() == 2);
  CHECK(to.lines[0].worker == 0);
  CHECK(to.lines[0].pid == 4711);
  CHECK(to.lines[0].line == "a line");
  CHECK(to.lines[1].worker == 4095);
  check_cuts<node::Printed>(to_message(printed));
  check_noise<node::Printed>(to_message(printed));
  printed.lines[0].worker = -1;
  CHECK(from_message(to_message(printed), to) == "a worker that cannot be");
  printed.bytes.resize(node::kMostPrintedBytes);
  CHECK(from_message(to_message(printed), to) == "more output at once than an agent sends");
}

TEST_CASE("a beat comes back as it was, with its workers or without") {
  node::Beat beat{.items_done = 1, .workers_up = 2, .queued_rows = 3, .echo = 4};
  beat.echo_held_ns = 5;
  beat.time_ns = 6;
  beat.load = 0.75;
  beat.free_memory_bytes = 7;
  node::Beat to;
  to.workers.emplace(3);
  REQUIRE(from_message(to_message(beat), to).empty());
  CHECK(to.items_done == 1);
  CHECK(to.workers_up == 2);
  CHECK(to.queued_rows == 3);
  CHECK(to.echo == 4);
  CHECK(to.echo_held_ns == 5);
  CHECK(to.time_ns == 6);
  CHECK(to.load == 0.75);
  CHECK(to.free_memory_bytes == 7);
  CHECK_FALSE(to.workers);
  check_cuts<node::Beat>(to_message(beat));

  WorkerInfo worker{.number = 3, .pid = 4711, .generation = 2, .state = WorkerState::running};
  worker.item = 99;
  worker.item_time = std::chrono::seconds(5);
  worker.function = "arith:square";
  worker.items_done = 10;
  worker.items_done_in_all = 12;
  worker.respawns = 1;
  worker.window_bytes = 4096;
  worker.tasks_done = 8;
  beat.workers = {worker, {}};
  REQUIRE(from_message(to_message(beat), to).empty());
  REQUIRE(to.workers);
  REQUIRE(to.workers->size() == 2);
  const WorkerInfo& back = to.workers->front();
  CHECK(back.number == 3);
  CHECK(back.pid == 4711);
  CHECK(back.generation == 2);
  CHECK(back.state == WorkerState::running);
  CHECK(back.item == 99);
  CHECK(back.item_time == std::chrono::seconds(5));
  CHECK(back.function == "arith:square");
  CHECK(back.items_done == 10);
  CHECK(back.items_done_in_all == 12);
  CHECK(back.respawns == 1);
  CHECK(back.window_bytes == 4096);
  CHECK(back.tasks_done == 8);
  check_cuts<node::Beat>(to_message(beat));
  check_noise<node::Beat>(to_message(beat));

  beat.workers->resize(node::kMostBeatWorkers + 1);
  CHECK(from_message(to_message(beat), to) == "more workers than a beat tells of");
  beat.workers.reset();
  beat.load = std::numeric_limits<double>::quiet_NaN();
  CHECK(from_message(to_message(beat), to) == "a load that cannot be");
  beat.load = 0;
  beat.time_ns = ~std::uint64_t{0};
  CHECK(from_message(to_message(beat), to) == "a time that no clock shows");
}

TEST_CASE("a crash comes back with all that is known of it") {
  node::Crash crash{.block = 9, .row = 4};
  CrashReport& report = crash.report;
  report.count = 3;
  report.attempt = 2;
  report.attempts = 5;
  report.is_final = false;
  report.worker = 7;
  report.pid = 4711;
  report.how = "killed by SIGSEGV (segmentation fault)";
  report.signal = 11;
  report.exit_status = 3;
  report.usage = {std::chrono::microseconds(5), std::chrono::microseconds(6), 7};
  report.cause = "SEGV_MAPERR";
  report.stack_overflow = true;
  report.address = 0xdead;
  report.thread = 4712;
  report.program_counter = 0xbeef;
  report.stack_pointer = 0xcafe;
  report.place = "in faulty.so: crash(long)+0x6";
  report.frames = {"one", "two"};
  report.printed = std::string("so\0far", 6);
  report.printed_since = 10;
  report.plugin_path = "/home/me/faulty.so";
  report.plugin_build_id = "5c1e09d2";
  node::Crash to;
  REQUIRE(from_message(to_message(crash), to).empty());
  CHECK(to.block == 9);
  CHECK(to.row == 4);
  CHECK(to.report.count == 3);
  CHECK(to.report.attempt == 2);
  CHECK(to.report.attempts == 5);
  CHECK_FALSE(to.report.is_final);
  CHECK(to.report.worker == 7);
  CHECK(to.report.pid == 4711);
  CHECK(to.report.how == report.how);
  CHECK(to.report.signal == 11);
  CHECK(to.report.exit_status == 3);
  CHECK(to.report.usage.user_time == report.usage.user_time);
  CHECK(to.report.usage.system_time == report.usage.system_time);
  CHECK(to.report.usage.max_resident_bytes == 7);
  CHECK(to.report.cause == report.cause);
  CHECK(to.report.stack_overflow);
  CHECK(to.report.address == 0xdead);
  CHECK(to.report.thread == 4712);
  CHECK(to.report.program_counter == 0xbeef);
  CHECK(to.report.stack_pointer == 0xcafe);
  CHECK(to.report.place == report.place);
  CHECK(to.report.frames == report.frames);
  CHECK(to.report.printed == report.printed);
  CHECK(to.report.printed_since == 10);
  CHECK(to.report.plugin_path == report.plugin_path);
  CHECK(to.report.plugin_build_id == report.plugin_build_id);
  check_cuts<node::Crash>(to_message(crash));
  check_noise<node::Crash>(to_message(crash));

  report.count = 0;
  CHECK(from_message(to_message(crash), to) == "a crash of 0 items");
  report.count = 1;
  report.attempt = 6;
  CHECK(from_message(to_message(crash), to) == "an attempt that cannot be");
  report.attempt = 1;
  report.worker = 4096;
  CHECK(from_message(to_message(crash), to) == "a worker that cannot be");
  report.worker = 0;
  report.usage.user_time = std::chrono::microseconds(-1);
  CHECK(from_message(to_message(crash), to) == "a negative time");
  report.usage.user_time = {};
  node::Message far = to_message(crash);
  far.words[1] = std::uint64_t{1} << 32U;
  CHECK(from_message(far, to) == "a crash of a row that no block has");
  report.frames.emplace_back(node::kMostCrashBytes, 'x');
  CHECK(from_message(to_message(crash), to) == "a crash report that is too long");
}

}  // namespace forkmap::testing
