// SPDX-License-Identifier: Apache-2.0
#include "core/node/remote_telling.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "core/map/map.hpp"

namespace forkmap::node {

void RemoteTelling::notice_of(const RemoteNode& node, std::string_view text) const {
  if (rules_.notice) rules_.notice("node " + node.name() + ": " + std::string(text));
}

Fault RemoteTelling::take_printed(const RemoteNode& node, const Message& message) const {
  Printed printed;
  if (Fault fault = from_message(message, printed); !fault.empty()) return fault;
  if (printed.cut_bytes > 0) {
    notice_of(node, std::to_string(printed.cut_bytes) +
                        " bytes that its workers printed are missing here: nobody could take them");
  }
  if (rules_.printed && !printed.bytes.empty()) rules_.printed(node.name(), printed.bytes);
  if (!rules_.printed_line) return {};
  for (const PrintedLine& line : printed.lines) {
    rules_.printed_line(node.name(), line.worker, line.pid, line.line);
  }
  return {};
}

// Items of one call have consecutive indices there, so they have consecutive positions here.
Fault RemoteTelling::take_crash(const RemoteNode& node, const Message& message) const {
  Crash crash;
  if (Fault fault = from_message(message, crash); !fault.empty()) return fault;
  const auto row = rows_.open_row(node.number() - 1, crash.block, crash.row);
  if (!row) return "a crash of a row that it has not got";
  if (!rules_.crashed) return {};
  CrashReport& report = crash.report;
  report.index = row->index;
  report.position = row->position;
  report.map = row->map->number;
  report.function = row->map->function().full_name;
  report.attempt += row->attempts;
  report.attempts += row->attempts;
  report.is_final = report.is_final && !row->is_settled;
  report.node = node.number();
  report.printed_since = std::min(report.printed_since, report.index);
  rules_.crashed(report);
  return {};
}

// --- events

Fault RemoteTelling::take_events(RemoteNode& node, const Message& message, TimePoint now) const {
  NodeEvents told;
  if (Fault fault = from_message(message, told); !fault.empty()) return fault;
  for (NodeEvent& event : told.events) {
    if (Fault fault = bind(event); !fault.empty()) return fault;
  }
  node.clock.note_message(now, told.sent_at);
  if (!wants_events()) return {};
  if (told.missing > 0) {
    notice_of(node, std::to_string(told.missing) +
                        " events of its pool are missing here: there were too many at once");
  }
  for (const NodeEvent& event : told.events) tell(node, event, now);
  return {};
}

const plugin::FunctionEntry* RemoteTelling::function(std::string_view full_name) const {
  const auto found =
      std::ranges::find(table_.functions(), full_name, &plugin::FunctionEntry::full_name);
  return found == table_.functions().end() ? nullptr : &*found;
}

// Points to its texts, and to what is meant here.
Fault RemoteTelling::bind(NodeEvent& event) const {
  return std::visit(
      [&](auto& what) -> Fault {
        using What = std::remove_cvref_t<decltype(what)>;
        if constexpr (requires { what.function; }) {
          what.function = function(event.text);
          if (what.function == nullptr) return "an event of a function that is not here";
        } else if constexpr (requires { what.how; }) {
          what.how = event.text;
        } else if constexpr (std::is_same_v<What, pool::CrewStarted>) {
          what.failure = event.text;
        }
        return {};
      },
      event.what);
}

void RemoteTelling::tell(RemoteNode& node, const NodeEvent& event, TimePoint now) const {
  const auto here = [&](pool::EventTime time) { return node.clock.here(time, now); };
  std::visit(
      [&](auto what) {
        using What = std::remove_cvref_t<decltype(what)>;
        if constexpr (requires { what.worker; }) what.worker.node = node.number();
        if constexpr (requires { what.node; }) what.node = node.number();
        if constexpr (requires { what.at; }) what.at = here(what.at);
        if constexpr (requires { what.begun; }) {
          what.begun = here(what.begun);
          what.ended = here(what.ended);
        }
        if constexpr (std::is_same_v<What, ShortageNoted>) {
          events_.tell_shortage(event.text, what.at);
        } else if constexpr (std::is_same_v<What, PoolResized>) {
          events_.tell_resize(what.workers, what.at);
        } else {
          if constexpr (std::is_same_v<What, pool::TaskRan>) {
            node.keep_in_order(what.worker.pid, what.begun, what.ended);
            what.items_open = node.items_open(*what.function);
          }
          if constexpr (std::is_same_v<What, pool::WorkerGone>) node.forget_worker(what.worker.pid);
          events_.tell(what);
        }
      },
      event.what);
}

}  // namespace forkmap::node
