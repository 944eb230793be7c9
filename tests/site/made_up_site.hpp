// SPDX-License-Identifier: Apache-2.0
//
// A ledger and a site whose zygotes are scripted and whose workers are in the test's own process,
// with a clock that stands still until it is moved. What is not said does not happen.
#pragma once

#include <chrono>
#include <cstdint>
#include <forkmap/registry.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/pool/local_site.hpp"
#include "tests/site/scripted_zygote.hpp"

namespace forkmap::testing {

// What was told, by name and number.
class Told final : public pool::PoolObserver {
 public:
  void note(const pool::WorkerReady& /*event*/) noexcept override { ++ready; }
  void note(const pool::TaskRan& event) noexcept override { ran += event.items; }
  void note(const pool::ItemLost& event) noexcept override {
    ++lost;
    lost_finally += event.is_final ? 1 : 0;
  }
  void note(const pool::WorkerGone& event) noexcept override { ++ends[event.end]; }
  void note(const pool::CrewStarted& /*event*/) noexcept override { ++crews; }
  void note(const pool::ZygoteGone& /*event*/) noexcept override { ++zygotes_gone; }
  void note(const pool::Stalled& /*event*/) noexcept override {}
  void note_shortage(std::string_view /*why*/, pool::EventTime /*at*/) noexcept override {
    ++shortages;
  }
  void note_resize(int /*workers*/, pool::EventTime /*at*/) noexcept override {}
  void note_pause(bool /*on*/, pool::EventTime /*at*/) noexcept override {}

  int ready = 0;
  std::uint64_t ran = 0;
  int lost = 0;
  int lost_finally = 0;
  std::map<pool::WorkerEnd, int> ends;
  int crews = 0;
  int zygotes_gone = 0;
  int shortages = 0;
};

// Gives `first` .. `first + count - 1` to a function of one i64.
class Integers final : public ItemSource {
 public:
  Integers(std::int64_t first, std::int64_t count) : next_(first), end_(first + count) {}
  Fill fill(InputBlock& block, std::size_t limit) override {
    auto* const values = static_cast<std::int64_t*>(block.columns[0].values);
    while (block.count < limit && next_ < end_) values[block.count++] = next_++;
    return next_ == end_ ? Fill::end : Fill::more;
  }
  std::uint64_t skip_too_large() override { return 0; }

 private:
  std::int64_t next_;
  std::int64_t end_;
};

struct SiteOutcomes {
  std::map<std::uint64_t, std::int64_t> values;
  std::map<std::uint64_t, ItemError> errors;
  [[nodiscard]] std::size_t count() const { return values.size() + errors.size(); }
};

// Options that leave little to chance: `chunk` items a task.
[[nodiscard]] MapOptions chunks_of(std::uint64_t chunk);
[[nodiscard]] PoolOptions with_retries(int retries);

// Fails the test unless there are `count` outcomes, and each value of "square" is right.
void check_squares(const SiteOutcomes& outcomes, std::uint64_t count);

class MadeUpSite {
 public:
  explicit MadeUpSite(int workers, PoolOptions options = {}, Script script = {});

  // The crew comes up, if the script lets it.
  void begin();
  // One step at the present time; true if anything was done.
  bool step();
  // The host slept, and wakes because a zygote has said something.
  void wake_by_zygote();
  void settle();  // steps until nothing is done any more
  void wait(std::chrono::nanoseconds time) {
    now += time;
    settle();
  }
  // Everybody works until nothing moves any more.
  void run();

  // Functions of one i64: square; vectorized (many items a call).
  [[nodiscard]] std::shared_ptr<pool::Map> open(const std::string& function, std::int64_t first,
                                                std::int64_t count, MapOptions options);
  // What has come, all of it; fails the test if a position comes twice.
  [[nodiscard]] SiteOutcomes read(pool::Map& map);
  void cancel(pool::Map& map, bool give_outcomes, std::chrono::nanoseconds grace = {});

  [[nodiscard]] ScriptedZygote& zygote() { return *zygotes.back(); }
  [[nodiscard]] InProcessWorker& worker(std::uint32_t slot) { return *zygote().worker(slot); }
  [[nodiscard]] pool::WorkerPhase phase(std::size_t slot) const {
    return site->crews().serving()->workers.at(slot).phase();
  }
  [[nodiscard]] const std::string& failure() const { return site->failure(); }

  bool timed = true;  // maps: what their tasks take is told; their single results are not gathered
  Registry registry;
  Script script;
  std::vector<std::string> notices;
  Told told;
  std::unique_ptr<pool::Settings> settings;
  pool::Events events{&told};
  std::unique_ptr<pool::Ledger> ledger;
  std::shared_ptr<pool::PoolOwner> owner = std::make_shared<pool::PoolOwner>();
  std::unique_ptr<pool::LocalSite> site;
  std::vector<ScriptedZygote*> zygotes;  // in the order of their birth; some are gone
  pool::Clock::time_point now = pool::Clock::now();
};

}  // namespace forkmap::testing
