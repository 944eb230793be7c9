// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <exception>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/report/json_report.hpp"
#include "bench/run/child.hpp"
#include "bench/run/context.hpp"
#include "bench/run/plan.hpp"

namespace forkmap::bench {

namespace {

// Threads of peers spin for a while after their work; nobody is to be measured beside them.
constexpr std::chrono::milliseconds kPause{20};
// Programs leave processes behind that are still on their way out.
constexpr std::chrono::milliseconds kPauseAfterPeer{200};

double run_once(const std::function<double()>& run) {
  std::this_thread::sleep_for(kPause);
  return run();
}

void fill(Row& row, const Plan& plan, int rounds) {
  row.what = plan.what;
  row.unit = plan.unit;
  row.better = plan.better;
  row.targets = plan.targets;
  for (const Opponent& each : plan.against) {
    row.against.push_back({.name = each.name, .version = each.version, .kind = each.kind});
  }
  for (int run = 0; run < plan.warm_ups; ++run) (void)plan.ours();
  for (int round = 0; round < rounds; ++round) {
    row.ours.runs.push_back(run_once(plan.ours));
    for (std::size_t place = 0; place < plan.against.size(); ++place) {
      const Opponent& opponent = plan.against[place];
      if (opponent.rounds != 0 && round >= opponent.rounds) continue;
      row.against[place].figure.runs.push_back(run_once(opponent.run));
      if (opponent.kind != Kind::limit) std::this_thread::sleep_for(kPauseAfterPeer);
    }
  }
  if (plan.note) row.note = plan.note();
}

Row measure_here(const RowDefinition& definition, Context& context) {
  Row row;
  row.name = definition.name;
  try {
    const Plan plan = definition.prepare(context);
    fill(row, plan, plan.rounds > 0 ? plan.rounds : context.settings().rounds);
  } catch (const std::exception& error) {
    row.error = error.what();
  }
  return row;
}

}  // namespace

Row measure(const RowDefinition& definition, Context& context) {
  if (definition.here) return measure_here(definition, context);
  Row row;
  row.name = definition.name;
  try {
    const std::string text = output_of([&] {
      const PoolAccount before = context.account;
      const Row measured = measure_here(definition, context);
      const PoolAccount& now = context.account;
      return nlohmann::json{{"report", to_json(Report{.rows = {measured}})},
                            {"pools", now.pools - before.pools},
                            {"rescues", now.rescues - before.rescues},
                            {"respawns", now.respawns - before.respawns}}
          .dump();
    });
    const nlohmann::json answer = nlohmann::json::parse(text);
    row = from_json(answer.at("report").get<std::string>()).rows.at(0);
    context.account.pools += answer.at("pools").get<std::uint64_t>();
    context.account.rescues += answer.at("rescues").get<std::uint64_t>();
    context.account.respawns += answer.at("respawns").get<std::uint64_t>();
  } catch (const std::exception& error) {
    row.error = error.what();
  }
  return row;
}

}  // namespace forkmap::bench
