// SPDX-License-Identifier: Apache-2.0
#include "bench/report/json_report.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/report/judge.hpp"

namespace forkmap::bench {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

Json optional_number(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }

Json json_of(const Figure& figure) {
  return {{"median", figure.median()},
          {"min", figure.min()},
          {"max", figure.max()},
          {"runs", figure.runs}};
}

Json json_of(const Row& row, const Contender& each) {
  return {{"name", each.name},
          {"version", each.version},
          {"kind", to_string(each.kind)},
          {"figure", json_of(each.figure)},
          {"ratio", optional_number(ratio(row.ours, each.figure))}};
}

Json json_of(const Row& row, const Target& target) {
  return {{"relation", to_string(target.relation)},
          {"bound", target.bound},
          {"against", target.against},
          {"value", optional_number(value_of(row, target))},
          {"verdict", to_string(judge(row, target))}};
}

Json json_of(const Row& row) {
  Json json = {{"name", row.name},
               {"what", row.what},
               {"unit", row.unit},
               {"better", to_string(row.better)},
               {"forkmap", json_of(row.ours)},
               {"against", Json::array()},
               {"targets", Json::array()},
               {"note", row.note},
               {"error", row.error}};
  for (const Contender& each : row.against) json["against"].push_back(json_of(row, each));
  for (const Target& each : row.targets) json["targets"].push_back(json_of(row, each));
  return json;
}

// The one of `values` that is written as `text`.
template <class Value>
Value named(const std::string& text, std::initializer_list<Value> values) {
  for (const Value value : values) {
    if (to_string(value) == text) return value;
  }
  throw std::runtime_error("a report of the bench does not say \"" + text + "\"");
}

Figure figure_from(const Json& json) { return {json.at("runs").get<std::vector<double>>()}; }

Row row_from(const Json& json) {
  Row row;
  json.at("name").get_to(row.name);
  json.at("what").get_to(row.what);
  json.at("unit").get_to(row.unit);
  row.better = named<Better>(json.at("better"), {Better::lower, Better::higher});
  row.ours = figure_from(json.at("forkmap"));
  json.at("note").get_to(row.note);
  json.at("error").get_to(row.error);
  for (const Json& each : json.at("against")) {
    row.against.push_back({.name = each.at("name"),
                           .version = each.at("version"),
                           .kind = named<Kind>(each.at("kind"), {Kind::limit, Kind::peer,
                                                                 Kind::python, Kind::itself}),
                           .figure = figure_from(each.at("figure"))});
  }
  for (const Json& each : json.at("targets")) {
    row.targets.push_back(
        {.relation = named<Relation>(each.at("relation"), {Relation::at_most, Relation::at_least}),
         .bound = each.at("bound"),
         .against = each.at("against")});
  }
  return row;
}

}  // namespace

std::string to_json(const Report& report) {
  const Machine& machine = report.machine;
  Json json = {{"forkmap_bench", kFormat},
               {"machine",
                {{"processor", machine.processor},
                 {"cores", machine.cores},
                 {"kernel", machine.kernel},
                 {"compiler", machine.compiler},
                 {"date", machine.date}}},
               {"quick", report.quick},
               {"peers", report.peers},
               {"rounds", report.rounds},
               {"rows", Json::array()}};
  for (const Row& row : report.rows) json["rows"].push_back(json_of(row));
  return json.dump(1) + "\n";
}

Report from_json(std::string_view text) try {
  const Json json = Json::parse(text);
  if (json.at("forkmap_bench") != kFormat) throw std::runtime_error("another format of report");
  const Json& machine = json.at("machine");
  Report report{.machine = {.processor = machine.at("processor"),
                            .cores = machine.at("cores"),
                            .kernel = machine.at("kernel"),
                            .compiler = machine.at("compiler"),
                            .date = machine.at("date")},
                .quick = json.at("quick"),
                .peers = json.at("peers"),
                .rounds = json.at("rounds")};
  for (const Json& row : json.at("rows")) report.rows.push_back(row_from(row));
  return report;
} catch (const Json::exception& error) {
  throw std::runtime_error(std::string("this is no report of the bench: ") + error.what());
}

}  // namespace forkmap::bench
