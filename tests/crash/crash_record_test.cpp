// SPDX-License-Identifier: Apache-2.0
//
// The crash area on hand-built states: what the host makes of good and bad records. No process dies
// here.
#include <cstring>
#include <random>

#include "core/lane/crash_record.hpp"
#include "tests/catch.hpp"
#include "tests/lane/lane_ends.hpp"

using namespace forkmap;
using namespace forkmap::lane;
using tests::LaneEnds;

namespace {

constexpr pid_t kPid = 4711;
constexpr int kSignal = 11;

struct Scene {
  LaneEnds ends;
  CrashRecord& record = crash_record(ends.host.view());

  Scene() {
    ends.words().progress.store(progress_word(7, 2), std::memory_order_relaxed);
    record.fields.pid = kPid;
    record.fields.thread = kPid;
    record.fields.signal = kSignal;
    record.fields.code = 1;
    record.fields.flags = kHasAddress;
    record.fields.address = 0x10;
    record.fields.progress = progress_word(7, 2);
    for (std::size_t frame = 0; frame < kMostFrames; ++frame) {
      record.fields.frames[frame] = 0x1000 + frame;
    }
    publish(length_with_frames(3));
  }
  void publish(std::uint32_t length_bytes) {
    record.length_bytes.store(length_bytes, std::memory_order_release);
  }
  [[nodiscard]] std::optional<CrashFacts> read() const {
    return read_crash(ends.host.view(), {kPid, kSignal});
  }
};

}  // namespace

TEST_CASE("a lane that nobody crashed in has no record") {
  const LaneEnds ends;
  CHECK_FALSE(read_crash(ends.host.view(), {kPid, kSignal}));
}

TEST_CASE("a record is read up to its length") {
  Scene scene;
  const auto facts = scene.read();
  REQUIRE(facts);
  CHECK(facts->address == 0x10U);
  CHECK(facts->thread == 0);
  CHECK_FALSE(facts->stack_overflow);
  CHECK(facts->frames == std::vector<std::uint64_t>{0x1000, 0x1001, 0x1002});
}

TEST_CASE("a writer that came to no frame leaves the facts, one that filled the area all frames") {
  Scene scene;
  scene.publish(length_with_frames(0));
  REQUIRE(scene.read());
  CHECK(scene.read()->frames.empty());
  scene.publish(length_with_frames(kMostFrames));
  REQUIRE(scene.read());
  CHECK(scene.read()->frames.size() == kMostFrames);
}

TEST_CASE("a length that no writer publishes makes no record") {
  Scene scene;
  const std::uint32_t length =
      GENERATE(1U, length_with_frames(0) - 1, length_with_frames(1) - 1, length_with_frames(1) + 4,
               length_with_frames(kMostFrames) + 8, 4096U, 0x7fffffffU, 0xffffffffU);
  CAPTURE(length);
  scene.publish(length);
  CHECK_FALSE(scene.read());
}

TEST_CASE("a record of another process, death or item is not believed") {
  const auto changes = {
      +[](CrashFields& fields) { fields.pid = kPid + 1; },
      +[](CrashFields& fields) { fields.signal = 6; },  // not the one that ended it
      +[](CrashFields& fields) { fields.progress = progress_word(6, 2); },  // another turn
      +[](CrashFields& fields) { fields.progress = progress_word(7, 1); },  // another item
      +[](CrashFields& fields) { fields.thread = 0; },
  };
  for (const auto change : changes) {
    Scene scene;
    REQUIRE(scene.read());
    change(scene.record.fields);
    CHECK_FALSE(scene.read());
  }
}

TEST_CASE("another thread's crash is told also if the worker has gone on meanwhile") {
  Scene scene;
  scene.record.fields.thread = kPid + 5;
  scene.record.fields.progress = progress_word(7, 1);
  REQUIRE(scene.read());
  CHECK(scene.read()->thread == kPid + 5);
}

TEST_CASE("random bytes in the crash area do no harm") {
  Scene scene;
  std::mt19937_64 random(4);
  int believed = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::byte* const area = scene.ends.host.view().crash_area();
    for (std::size_t at = 0; at < kCrashAreaBytes; at += 8) {
      const std::uint64_t word = random();
      std::memcpy(area + at, &word, sizeof word);
    }
    // Every other time with what passes for a record, so that frames are read, too.
    if (round % 2 == 0) {
      scene.record.fields.pid = kPid;
      scene.record.fields.signal = kSignal;
      scene.record.fields.thread = 1;
      scene.publish(length_with_frames(random() % (kMostFrames + 2)));
    }
    if (const auto facts = scene.read()) {
      ++believed;
      if (facts->frames.size() > kMostFrames) FAIL("too many frames");
    }
  }
  CHECK(believed > 1000);
}
