// SPDX-License-Identifier: Apache-2.0
//
// Items that have indices of their own: a task holds those that follow each other, and whatever
// becomes of it each item keeps its index.
#include <csignal>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/site/made_up_site.hpp"

namespace forkmap::testing {

namespace {

// Gives 0, 1, 2, ... with these indices.
class OwnIndices final : public ItemSource {
 public:
  explicit OwnIndices(std::vector<std::uint64_t> indices) : indices_(std::move(indices)) {}
  Fill fill(InputBlock& block, std::size_t limit) override {
    if (next_ == indices_.size()) return Fill::end;
    block.index = indices_[next_];
    auto* const values = static_cast<std::int64_t*>(block.columns[0].values);
    while (block.count < limit && next_ < indices_.size() &&
           indices_[next_] == block.index + block.count) {
      values[block.count++] = static_cast<std::int64_t>(next_++);
    }
    return Fill::more;
  }
  std::uint64_t skip_too_large() override { return 0; }

 private:
  std::vector<std::uint64_t> indices_;
  std::size_t next_ = 0;
};

const std::vector<std::uint64_t> kIndices = {10, 11, 12, 50, 51, 7, 8};

std::shared_ptr<pool::Map> open(MadeUpSite& made, std::uint64_t chunk) {
  pool::MapRequest request;
  request.function = &made.registry.table().resolve("square");
  request.source = std::make_unique<OwnIndices>(kIndices);
  request.options = chunks_of(chunk);
  request.ordered = false;
  auto map = made.ledger->open({}, std::move(request));
  made.settle();
  return map;
}

void check_indices(const SiteOutcomes& outcomes) {
  for (const auto& [position, error] : outcomes.errors) {
    CHECK(error.index == kIndices.at(position));
  }
}

}  // namespace

TEST_CASE("a task ends where the indices of its items jump") {
  MadeUpSite made(1);
  made.begin();
  const auto map = open(made, 100);
  made.run();
  check_squares(made.read(*map), kIndices.size());
  CHECK(map->settled());
  CHECK(made.worker(0).tasks_run() == 3);
}

TEST_CASE("items that were not run, or that a worker died with, have their own indices") {
  const std::uint64_t chunk = GENERATE(std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{100});
  CAPTURE(chunk);
  MadeUpSite made(1, with_retries(0));
  made.begin();
  const auto map = open(made, chunk);
  REQUIRE(made.worker(0).stop_inside(0));
  made.zygote().exit(0, SIGSEGV);
  made.settle();
  SiteOutcomes outcomes = made.read(*map);
  REQUIRE(outcomes.errors.size() == 1);
  check_indices(outcomes);
  made.cancel(*map, true);
  outcomes = made.read(*map);
  CHECK(outcomes.errors.size() == map->fed() - 1);
  check_indices(outcomes);
}

}  // namespace forkmap::testing
