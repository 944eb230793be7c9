// SPDX-License-Identifier: Apache-2.0
//
// The phases of a worker's place, each with each.
#include "core/pool/worker_phase.hpp"

#include <set>
#include <utility>

#include "tests/catch.hpp"

namespace forkmap::pool {

namespace {

using enum WorkerPhase;

constexpr std::array kAll = {absent, spawning, starting, serving, retiring, condemned, gone};

}  // namespace

TEST_CASE("a worker's phases follow each other as they may, and in no other way") {
  const std::set<std::pair<WorkerPhase, WorkerPhase>> legal = {
      {absent, spawning},     // it is asked for
      {absent, gone},         // it is not wanted any more
      {spawning, starting},   // it has a pid
      {spawning, absent},     // it could not be forked, or its crew ended
      {spawning, retiring},   // it is not wanted any more
      {spawning, gone},       // its zygote died, or it died at once
      {starting, serving},    // its start hooks have run
      {starting, retiring},   //
      {starting, condemned},  //
      {starting, absent},     // its crew ended
      {starting, gone},       // it died
      {serving, retiring},   {serving, condemned}, {serving, absent}, {serving, gone},
      {retiring, condemned}, {retiring, absent},   {retiring, gone},  {condemned, absent},
      {condemned, gone},     {gone, absent},  // it is replaced
  };
  for (const WorkerPhase from : kAll) {
    for (const WorkerPhase to : kAll) {
      CAPTURE(from, to);
      CHECK(may_follow(from, to) == (legal.count({from, to}) == 1));
    }
  }
}

TEST_CASE("no phase follows itself, and none but absent leads to a new process") {
  for (const WorkerPhase from : kAll) {
    CHECK_FALSE(may_follow(from, from));
    CHECK(may_follow(from, spawning) == (from == absent));
    CHECK(may_follow(from, serving) == (from == starting));
  }
}

TEST_CASE("from every phase a place can become empty and be used again") {
  for (const WorkerPhase from : kAll) {
    CHECK((from == absent || may_follow(from, absent)));
    CHECK((from == gone || may_follow(from, gone)));
  }
}

TEST_CASE("those phases are alive in which there is a process to be watched") {
  for (const WorkerPhase phase : kAll) {
    const bool expected =
        phase == starting || phase == serving || phase == retiring || phase == condemned;
    CHECK(is_alive(phase) == expected);
  }
}

}  // namespace forkmap::pool
