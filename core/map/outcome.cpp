// SPDX-License-Identifier: Apache-2.0
#include <forkmap/options.hpp>
#include <forkmap/outcome.hpp>
#include <string>

namespace forkmap {

std::string_view to_string(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::function_error:
      return "FunctionError";
    case ErrorKind::worker_died:
      return "WorkerDied";
    case ErrorKind::timed_out:
      return "TimedOut";
    case ErrorKind::stale_registry:
      return "StaleRegistry";
    case ErrorKind::bad_item:
      return "BadItem";
    case ErrorKind::payload_too_large:
      return "PayloadTooLarge";
    case ErrorKind::not_run:
      return "NotRun";
    case ErrorKind::node_lost:
      return "NodeLost";
    case ErrorKind::cancelled:
      return "Cancelled";
  }
  return "unknown";
}

std::string_view to_string(WorkerState state) noexcept {
  switch (state) {
    case WorkerState::starting:
      return "starting";
    case WorkerState::idle:
      return "idle";
    case WorkerState::running:
      return "running";
    case WorkerState::stopped:
      return "stopped";
    case WorkerState::leaving:
      return "leaving";
    case WorkerState::dead:
      return "dead";
  }
  return "unknown";
}

std::string describe(const ItemError& error) {
  std::string text = "item " + std::to_string(error.index) + ": ";
  text += to_string(error.kind);
  if (!error.message.empty()) text += ": " + error.message;
  return text;
}

}  // namespace forkmap
