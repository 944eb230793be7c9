// SPDX-License-Identifier: Apache-2.0
#include "host/watch/protocol.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace forkmap::host {

namespace {

using Json = nlohmann::ordered_json;
using nlohmann::json;

double seconds_of(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

std::chrono::nanoseconds time_of(const json& seconds) {
  const double most_s = std::chrono::duration<double>(std::chrono::nanoseconds::max()).count() / 2;
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(std::clamp(seconds.get<double>(), 0.0, most_s) * 1e9));
}

template <class T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <class T>
std::optional<T> optional_from(const json& value) {
  return value.is_null() ? std::nullopt : std::optional<T>(value.get<T>());
}

std::string line_of(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string request_line(const Json& request) {
  Json all = {{"forkmap_status", kStatusVersion}};
  all.update(request);
  return line_of(all);
}

Json worker_json(const WorkerStatus& worker) {
  Json object = {{"worker", worker.number},
                 {"pid", worker.pid},
                 {"state", worker.state},
                 {"item", optional_json(worker.item)},
                 {"item_s", worker.item ? Json(seconds_of(worker.item_time)) : Json(nullptr)},
                 {"done", worker.done},
                 {"respawns", worker.respawns}};
  if (!worker.node.empty()) object["node"] = worker.node;
  return object;
}

Json node_json(const NodeFacts& node) {
  return {{"node", node.name},
          {"rank", node.number},
          {"state", node.state},
          {"why", node.why_ended.empty() ? Json(nullptr) : Json(node.why_ended)},
          {"workers", node.workers},
          {"workers_up", node.workers_up},
          {"done", node.items},
          {"rate_now", optional_json(node.items_per_s)},
          {"out", node.items_out},
          {"late", node.late_messages},
          {"beat_s", node.last_beat ? Json(seconds_of(*node.last_beat)) : Json(nullptr)},
          {"load", optional_json(node.load)}};
}

NodeFacts node_from(const json& object) {
  NodeFacts node;
  node.name = object.at("node").get<std::string>();
  node.number = object.at("rank").get<std::uint32_t>();
  node.state = object.at("state").get<std::string>();
  node.why_ended = optional_from<std::string>(object.at("why")).value_or("");
  node.workers = object.at("workers").get<std::uint64_t>();
  node.workers_up = object.at("workers_up").get<std::uint64_t>();
  node.items = object.at("done").get<std::uint64_t>();
  node.items_per_s = optional_from<double>(object.at("rate_now"));
  node.items_out = object.at("out").get<std::uint64_t>();
  node.late_messages = object.at("late").get<std::uint64_t>();
  if (const json& beat = object.at("beat_s"); !beat.is_null()) node.last_beat = time_of(beat);
  node.load = optional_from<double>(object.at("load"));
  return node;
}

WorkerStatus worker_from(const json& object) {
  WorkerStatus worker;
  worker.number = object.at("worker").get<int>();
  worker.node = object.value("node", "");
  worker.pid = object.at("pid").get<pid_t>();
  worker.state = object.at("state").get<std::string>();
  worker.item = optional_from<std::uint64_t>(object.at("item"));
  if (worker.item) worker.item_time = time_of(object.at("item_s"));
  worker.done = object.at("done").get<std::uint64_t>();
  worker.respawns = object.at("respawns").get<std::uint64_t>();
  return worker;
}

RunStatus status_from(const json& object) {
  RunStatus status;
  status.pid = object.at("pid").get<pid_t>();
  status.function = object.at("function").get<std::string>();
  status.state = object.at("state").get<std::string>();
  status.elapsed = time_of(object.at("elapsed_s"));
  const json& items = object.at("items");
  status.done = items.at("done").get<std::uint64_t>();
  status.waiting = items.at("waiting").get<std::uint64_t>();
  status.failed = items.at("failed").get<std::uint64_t>();
  status.total = optional_from<std::uint64_t>(items.at("total"));
  status.fraction = optional_from<double>(object.at("fraction"));
  status.rate = object.at("rate").get<double>();
  status.rate_now = object.at("rate_now").get<double>();
  status.workers_wanted = object.at("workers_wanted").get<int>();
  for (const json& worker : object.at("workers")) status.workers.push_back(worker_from(worker));
  if (const auto nodes = object.find("nodes"); nodes != object.end()) {
    for (const json& node : *nodes) status.nodes.push_back(node_from(node));
  }
  return status;
}

StatusRequest no_request(std::string why) { return {.fault = std::move(why)}; }

bool is_version(const json& object) {
  const auto version = object.find("forkmap_status");
  return version != object.end() && version->is_number_integer() && *version == kStatusVersion;
}

}  // namespace

StatusRequest read_request(std::string_view line) {
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return no_request("a request is one line with a JSON object");
  if (!is_version(object)) {
    return no_request("this run speaks version " + std::to_string(kStatusVersion) +
                      " of \"forkmap_status\"");
  }
  const auto request = object.find("request");
  if (request != object.end() && *request == "status") return {};
  if (request == object.end() || *request != "resize") {
    return no_request("\"request\" must be status or resize");
  }
  const auto workers = object.find("workers");
  const bool is_count = workers != object.end() && workers->is_number_unsigned();
  if (!is_count || *workers < 1 || *workers > kMostStatusWorkers) {
    return no_request("\"workers\" must be a number from 1 to " +
                      std::to_string(kMostStatusWorkers));
  }
  return {.workers = workers->get<int>(), .fault = {}};
}

std::string status_request() { return request_line({{"request", "status"}}); }

std::string resize_request(int workers) {
  return request_line({{"request", "resize"}, {"workers", workers}});
}

std::string status_answer(const RunStatus& status) {
  const auto left = status.time_left();
  Json workers = Json::array();
  for (const WorkerStatus& worker : status.workers) workers.push_back(worker_json(worker));
  Json answer = {{"forkmap_status", kStatusVersion},
                 {"pid", status.pid},
                 {"function", status.function},
                 {"state", status.state},
                 {"elapsed_s", seconds_of(status.elapsed)},
                 {"items",
                  {{"done", status.done},
                   {"waiting", status.waiting},
                   {"failed", status.failed},
                   {"total", optional_json(status.total)}}},
                 {"fraction", optional_json(status.fraction)},
                 {"rate", status.rate},
                 {"rate_now", status.rate_now},
                 {"left_s", left ? Json(seconds_of(*left)) : Json(nullptr)},
                 {"workers_wanted", status.workers_wanted},
                 {"workers", std::move(workers)}};
  if (!status.nodes.empty()) {
    Json& nodes = answer["nodes"] = Json::array();
    for (const NodeFacts& node : status.nodes) nodes.push_back(node_json(node));
  }
  return line_of(answer);
}

std::string error_answer(std::string_view why) {
  return line_of({{"forkmap_status", kStatusVersion}, {"error", std::string(why)}});
}

StatusAnswer read_answer(std::string_view line) {
  StatusAnswer answer;
  try {
    const json object = json::parse(line);
    if (object.contains("error")) {
      answer.fault = object.at("error").get<std::string>();
    } else if (!is_version(object)) {
      answer.fault = "it speaks another version of \"forkmap_status\"";
    } else {
      answer.status = status_from(object);
    }
  } catch (const json::exception& error) {
    answer.fault = std::string("its answer is not understood: ") + error.what();
  }
  return answer;
}

}  // namespace forkmap::host
