// SPDX-License-Identifier: Apache-2.0
#include "host/report/stats_json.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/utf8.hpp"
#include "host/text/json_value.hpp"

namespace forkmap::host {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostGroups = 100;

template <class Duration>
double seconds(Duration time) {
  return std::chrono::duration<double>(time).count();
}

// Bytes of a path, or of an item, need not be UTF-8.
Json text(const std::string& bytes) {
  if (base::is_utf8(bytes)) return bytes;
  return {{"base64", base64(bytes)}};
}

Json named_texts(const NamedTexts& rows) {
  Json json = Json::object();
  for (const auto& [name, value] : rows) {
    if (!json.contains(name)) {
      json[name] = text(value);
    } else {  // given several times
      if (!json[name].is_array()) json[name] = Json::array({json[name]});
      json[name].push_back(text(value));
    }
  }
  return json;
}

Json items_of(const RunRecord& facts) {
  Json json;
  json["in"] = facts.items;
  json["done"] = facts.done();
  json["failed"] = facts.failed();
  json["cancelled"] = facts.cancelled();
  Json kinds = Json::object();
  for (const auto& [kind, failures] : facts.failures) {
    if (kind != ErrorKind::cancelled) kinds[std::string(to_string(kind))] = failures.count;
  }
  json["failed_by_kind"] = kinds;
  json["done_earlier"] = facts.earlier_items;
  json["failed_earlier"] = facts.earlier_failures;
  return json;
}

Json times_of(const base::TimeHistogram& times) {
  Json json;
  json["measured_items"] = times.items();
  json["mean"] = times.mean_ns();
  json["p50"] = times.quantile_ns(0.5);
  json["p90"] = times.quantile_ns(0.9);
  json["p99"] = times.quantile_ns(0.99);
  json["p999"] = times.quantile_ns(0.999);
  json["min"] = times.shortest_ns();
  json["max"] = times.longest_ns();
  Json histogram = Json::array();
  for (const base::TimeHistogram::Bucket& bucket : times.buckets()) {
    if (bucket.items == 0) continue;
    histogram.push_back(
        Json{{"from", bucket.from_ns}, {"below", bucket.below_ns}, {"items", bucket.items}});
  }
  json["histogram"] = histogram;
  return json;
}

Json groups_of(const FailureGroups& groups) {
  Json all = Json::array();
  for (const FailureGroup& group : groups.largest(kMostGroups)) {
    all.push_back(Json{{"count", group.count},
                       {"kind", std::string(to_string(group.kind))},
                       {"function", group.function},
                       {"where", text(group.where)},
                       {"items", group.items}});
  }
  return all;
}

Json slowest_of(const SlowestItems& slowest) {
  Json all = Json::array();
  for (const SlowItem& item : slowest.all()) {
    all.push_back(Json{{"item", item.number},
                       {"last", item.last},
                       {"ns", item.time.count()},
                       {"text", text(item.text)}});
  }
  return all;
}

Json workers_of(const RunRecord& facts) {
  Json all = Json::array();
  for (const auto& [key, worker] : facts.workers) {
    Json json;
    if (key.node != 0) json["node"] = facts.node_names.of(key.node);
    json["number"] = key.number;
    json["pids"] = worker.pids;
    json["processes"] = worker.processes;
    json["items"] = worker.items;
    json["tasks"] = worker.tasks;
    json["busy_s"] = seconds(worker.busy);
    json["deaths"] = worker.deaths;
    json["user_s"] = seconds(worker.user_time);
    json["system_s"] = seconds(worker.system_time);
    json["peak_bytes"] = worker.max_resident_bytes;
    all.push_back(std::move(json));
  }
  return all;
}

Json nodes_of(const RunRecord& facts) {
  Json all = Json::array();
  for (const NodeFacts& node : facts.others.nodes) {
    const WorkerTotals totals = facts.totals_of(node.number);
    const std::optional<RunTime> lost_at = facts.lost_at(node);
    Json json;
    json["name"] = text(node.name);
    json["rank"] = node.number;
    json["workers"] = node.workers;
    json["items"] = node.items;
    json["blocks"] = node.blocks;
    json["busy_s"] = seconds(totals.busy);
    json["deaths"] = totals.deaths;
    json["moved"] = node.moved_items;
    json["late"] = node.late_messages;
    json["sent_bytes"] = node.sent_bytes;
    json["received_bytes"] = node.received_bytes;
    json["lost_s"] = lost_at ? Json(seconds(*lost_at)) : Json(nullptr);
    if (!node.why_ended.empty()) json["why"] = text(node.why_ended);
    all.push_back(std::move(json));
  }
  return all;
}

Json events_of(const RunRecord& facts) {
  Json json;
  json["deaths"] = facts.deaths;
  json["timeouts"] = facts.timeouts;
  json["lost_attempts"] = facts.lost_attempts;
  json["recycled"] = facts.recycled;
  json["reforks"] = facts.reforks;
  json["failed_reforks"] = facts.failed_reforks;
  json["zygote_deaths"] = facts.zygote_deaths;
  json["shortages"] = facts.shortages;
  json["resizes"] = facts.resizes;
  json["rescues"] = facts.rescues;
  if (facts.others.nodes.empty()) return json;
  json["lost_nodes"] = facts.lost_nodes();
  json["copied_blocks"] = facts.others.copied_blocks;
  return json;
}

Json stalls_of(const RunRecord& facts) {
  Json json;
  for (std::size_t wait = 0; wait < kWaits; ++wait) {
    std::string name(name_of(static_cast<Wait>(wait)));
    if (name == "no worker") name = "no_worker";
    json[name] = {{"waits", facts.stalls[wait].count},
                  {"seconds", seconds(facts.stalls[wait].time)}};
  }
  return json;
}

std::string utc_text(std::chrono::system_clock::time_point date) {
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(date.time_since_epoch()).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(ms / 1000)), ms % 1000);
}

}  // namespace

std::string stats_json(const RunRecord& facts) {
  Json json;
  json["forkmap_stats"] = 1;
  json["version"] = facts.version;
  json["function"] = facts.function;
  json["signature"] = facts.signature;
  json["plugin"] = {{"name", facts.plugin_name},
                    {"version", facts.plugin_version},
                    {"path", text(facts.plugin_path)},
                    {"build_id", facts.build_id}};
  json["options"] = named_texts(facts.options);
  json["machine"] = named_texts(facts.machine);
  json["started"] = utc_text(facts.begun_date);
  json["ending"] = facts.ending;
  if (!facts.why.empty()) json["why"] = text(facts.why);
  json["exit_status"] = facts.exit_status;
  json["wall_s"] = seconds(facts.wall);
  json["host"] = {{"user_s", seconds(facts.host_user)},
                  {"system_s", seconds(facts.host_system)},
                  {"peak_bytes", facts.host_peak_bytes}};
  json["children"] = {{"user_s", seconds(facts.children_user)},
                      {"system_s", seconds(facts.children_system)}};
  json["items"] = items_of(facts);
  json["items_per_s"] = facts.items_per_s();
  json["tasks"] = facts.tasks;
  json["input_bytes"] = facts.input_bytes;
  json["output_bytes"] = facts.output_bytes;
  json["serial"] = facts.is_serial;
  json["workers"] = workers_of(facts);
  if (!facts.others.nodes.empty()) json["nodes"] = nodes_of(facts);
  json["events"] = events_of(facts);
  json["stalls"] = stalls_of(facts);
  json["failure_groups"] = groups_of(facts.groups);
  json["slowest"] = slowest_of(facts.slowest);
  json["item_time_ns"] = times_of(facts.times);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace forkmap::host
