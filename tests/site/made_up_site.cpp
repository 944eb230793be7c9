// SPDX-License-Identifier: Apache-2.0
#include "tests/site/made_up_site.hpp"

#include <poll.h>

#include <array>
#include <utility>

#include "tests/catch.hpp"

namespace forkmap::testing {

namespace {

PoolOptions completed(PoolOptions options, int workers, std::vector<std::string>& notices) {
  options.workers = workers;
  options.window_bytes = std::uint64_t{1} << 20U;
  options.notice = [&notices](std::string_view text) { notices.emplace_back(text); };
  return options;
}

}  // namespace

MapOptions chunks_of(std::uint64_t chunk) {
  MapOptions options;
  options.chunk = chunk;
  return options;
}

PoolOptions with_retries(int retries) {
  PoolOptions options;
  options.retries = retries;
  return options;
}

void check_squares(const SiteOutcomes& outcomes, std::uint64_t count) {
  REQUIRE(outcomes.count() == count);
  for (const auto& [position, value] : outcomes.values) {
    CHECK(value == static_cast<std::int64_t>(position * position));
  }
}

MadeUpSite::MadeUpSite(int workers, PoolOptions options, Script how) : script(std::move(how)) {
  registry.add("square", [](std::int64_t x) { return x * x; });
  registry.add_vectorized("squares",
                          [](std::span<const std::int64_t> in, std::span<std::int64_t> out) {
                            for (std::size_t i = 0; i < in.size(); ++i) out[i] = in[i] * in[i];
                          });
  settings = std::make_unique<pool::Settings>(registry.table(),
                                              completed(std::move(options), workers, notices));
  ledger = std::make_unique<pool::Ledger>(
      pool::Ledger::Rules{.once = settings->options().once,
                          .retries = settings->options().retries,
                          .timeout = settings->options().timeout,
                          .in_flight_bytes = settings->in_flight_bytes(),
                          .cell = {lane::kInputPayloadBytes, lane::kResultPayloadBytes}});
  site = std::make_unique<pool::LocalSite>(
      *settings, events, *ledger, nullptr, owner,
      [this](const process::ZygotePlan&) -> std::unique_ptr<process::ZygoteLink> {
        const pool::WorkerContext context{&settings->table(), settings->parameters().get(), 0,
                                          nullptr};
        auto zygote =
            std::make_unique<ScriptedZygote>(script, context, settings->shape(), site->doorbell());
        zygotes.push_back(zygote.get());
        return zygote;
      });
}

void MadeUpSite::begin() {
  site->begin(now);
  settle();
}

bool MadeUpSite::step() {
  const bool any = site->step(pool::Look::everything, pool::StepTime(now));
  ledger->maps().release_settled();
  return any;
}

void MadeUpSite::wake_by_zygote() {
  const std::array<pollfd, 2> ready{
      pollfd{.fd = site->fds()[0], .events = POLLIN, .revents = 0},
      pollfd{.fd = site->fds()[1], .events = POLLIN, .revents = POLLIN}};
  site->end_sleep({.ready = ready});
  site->step(pool::Look::around_sleep, pool::StepTime(now));
}

void MadeUpSite::settle() {
  // What a step asks a zygote for is answered in the next, and seen by the workers in the one
  // after.
  int quiet = 0;
  for (int steps = 0; quiet < 3; ++steps) {
    quiet = step() ? 0 : quiet + 1;
    REQUIRE(steps < 100'000);
  }
}

void MadeUpSite::run() {
  for (bool any = true; any;) {
    settle();
    any = false;
    for (const auto& crew : site->crews().all()) {
      if (!crew->zygote) continue;
      auto& zygote = static_cast<ScriptedZygote&>(*crew->zygote);
      for (const std::uint32_t slot : zygote.slots()) {
        any = zygote.worker(slot)->run_all() > 0 || any;
      }
      const std::size_t before = zygote.slots().size();
      zygote.let_leave();
      any = any || zygote.slots().size() != before;
    }
  }
}

std::shared_ptr<pool::Map> MadeUpSite::open(const std::string& function, std::int64_t first,
                                            std::int64_t count, MapOptions options) {
  pool::MapRequest request;
  request.function = &registry.table().resolve(function);
  request.source = std::make_unique<Integers>(first, count);
  request.options = options;
  request.ordered = false;
  request.timed = timed;
  auto map = ledger->open({}, std::move(request));
  settle();
  return map;
}

SiteOutcomes MadeUpSite::read(pool::Map& map) {
  SiteOutcomes outcomes;
  while (map.results().has_batch()) {
    ResultBatch batch = map.results().take_batch();
    ledger->note_read(map, batch);
    auto error = batch.errors.begin();
    for (std::uint32_t item = 0; item < batch.count; ++item) {
      const std::uint64_t position = batch.first + item;
      bool is_new = false;
      if (batch.status[item] == FORKMAP_STATUS_VALUE) {
        const auto* const values = static_cast<const std::int64_t*>(batch.columns[0].values);
        is_new = outcomes.values.emplace(position, values[item]).second;
      } else {
        REQUIRE(error != batch.errors.end());
        is_new = outcomes.errors.emplace(position, std::move(*error++)).second;
      }
      REQUIRE(is_new);
    }
    ledger->memory().take_back(std::move(batch));
  }
  for (const auto& [position, error] : outcomes.errors) {
    REQUIRE(outcomes.values.count(position) == 0);
  }
  return outcomes;
}

void MadeUpSite::cancel(pool::Map& map, bool give_outcomes, std::chrono::nanoseconds grace) {
  ledger->cancel(map, give_outcomes, now + grace);
  site->recall(map, now);
  settle();
}

}  // namespace forkmap::testing
