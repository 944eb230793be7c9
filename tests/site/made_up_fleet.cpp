// SPDX-License-Identifier: Apache-2.0
#include "tests/site/made_up_fleet.hpp"

#include <numeric>
#include <span>
#include <utility>

#include "tests/catch.hpp"

namespace forkmap::testing {

MadeUpFleet::MadeUpFleet(int workers_each, PoolOptions options, Serial serial_place) {
  registry.add("square", [](std::int64_t x) { return x * x; });
  registry.add("counted", [this](std::int64_t x) {
    ++runs[x];
    return x * x;
  });
  registry.add_vectorized("squares",
                          [](std::span<const std::int64_t> in, std::span<std::int64_t> out) {
                            for (std::size_t i = 0; i < in.size(); ++i) out[i] = in[i] * in[i];
                          });
  options.workers = workers_each;
  options.window_bytes = std::uint64_t{1} << 20U;
  settings = std::make_unique<pool::Settings>(registry.table(), std::move(options));
  ledger = std::make_unique<pool::Ledger>(
      pool::Ledger::Rules{.once = settings->options().once,
                          .retries = settings->options().retries,
                          .timeout = settings->options().timeout,
                          .in_flight_bytes = settings->in_flight_bytes(),
                          .cell = {lane::kInputPayloadBytes, lane::kResultPayloadBytes}});
  std::vector<std::unique_ptr<pool::Site>> made;
  if (serial_place == Serial::first) {
    registry.prepare_serial();
    auto site = std::make_unique<pool::SerialSite>(registry.serial_session(), *ledger, events,
                                                   nullptr, settings->arena()->data());
    serial = site.get();
    made.push_back(std::move(site));
  }
  for (std::size_t place = 0; place < kSites; ++place) {
    auto site = std::make_unique<pool::LocalSite>(
        *settings, events, *ledger, nullptr, owner,
        [this, place](const process::ZygotePlan&) -> std::unique_ptr<process::ZygoteLink> {
          const pool::WorkerContext context{&settings->table(), settings->parameters().get(), 0,
                                            settings->arena()->data()};
          return std::make_unique<ScriptedZygote>(scripts[place], context, settings->shape(),
                                                  sites[place]->doorbell());
        });
    sites[place] = site.get();
    made.push_back(std::move(site));
  }
  fleet = std::make_unique<pool::Fleet>(*ledger, std::move(made));
}

void MadeUpFleet::begin() {
  fleet->begin(now);
  settle();
}

bool MadeUpFleet::step() {
  const bool any = fleet->step(pool::Look::everything, pool::StepTime(now));
  ledger->maps().release_settled();
  return any;
}

void MadeUpFleet::settle() {
  int quiet = 0;
  for (int steps = 0; quiet < 3; ++steps) {
    quiet = step() ? 0 : quiet + 1;
    REQUIRE(steps < 100'000);
  }
}

void MadeUpFleet::run() {
  for (bool any = true; any;) {
    settle();
    any = false;
    for (ScriptedZygote* const zygote : living()) {
      for (const std::uint32_t slot : zygote->slots()) {
        any = zygote->worker(slot)->run_all() > 0 || any;
      }
      const std::size_t before = zygote->slots().size();
      zygote->let_leave();
      any = any || zygote->slots().size() != before;
    }
  }
}

std::shared_ptr<pool::Map> MadeUpFleet::open(const std::string& function, std::int64_t count,
                                             MapOptions options, bool ordered) {
  pool::MapRequest request;
  request.function = &registry.table().resolve(function);
  request.source = std::make_unique<Integers>(0, count);
  request.options = options;
  request.ordered = ordered;
  auto map = ledger->open({}, std::move(request));
  settle();
  return map;
}

std::shared_ptr<pool::Map> MadeUpFleet::open_in_arena(std::int64_t count, MapOptions options) {
  const std::uint64_t bytes = static_cast<std::uint64_t>(count) * sizeof(std::int64_t);
  const auto input = settings->arena()->allocate(bytes);
  const auto output = settings->arena()->allocate(bytes);
  REQUIRE(input);
  REQUIRE(output);
  auto* const values = reinterpret_cast<std::int64_t*>(settings->arena()->data() + *input);
  std::iota(values, values + count, 0);
  pool::MapRequest request;
  request.function = &registry.table().resolve("square");
  request.options = options;
  request.arena_columns = {*input, *output};
  request.arena_items = static_cast<std::uint64_t>(count);
  auto map = ledger->open({}, std::move(request));
  settle();
  return map;
}

std::vector<ScriptedZygote*> MadeUpFleet::living() const {
  std::vector<ScriptedZygote*> zygotes;
  for (pool::LocalSite* const site : sites) {
    if (site->has_failed()) continue;
    site->crews().for_each([&](pool::Crew& crew) {
      if (crew.zygote) zygotes.push_back(static_cast<ScriptedZygote*>(crew.zygote.get()));
    });
  }
  return zygotes;
}

int MadeUpFleet::runs_of(std::int64_t item) const {
  const auto found = runs.find(item);
  return found == runs.end() ? 0 : found->second;
}

}  // namespace forkmap::testing
