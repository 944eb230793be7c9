// SPDX-License-Identifier: Apache-2.0
#include "host/failures/failure_log.hpp"

#include <numeric>

#include "core/plugin/loading_hints.hpp"
#include "host/failures/printed_text.hpp"
#include "host/failures/worker_place.hpp"

namespace forkmap::host {

namespace {

constexpr std::uint64_t kToldOfEachKind = 10;

// What can be done, where the message of the library does not say it.
std::string remedy(const ItemError& error) {
  switch (error.kind) {
    case ErrorKind::bad_item:
      return "; forkmap list shows what the function takes";
    default:
      return plugin::hints_for(error.message + "\n" + error.printed);
  }
}

std::string place_of(const ItemError& error) {
  if (!error.column) return "";
  return "column " + std::to_string(*error.column + 1) + ": ";
}

}  // namespace

bool FailureLog::wants(ErrorKind kind) const noexcept {
  // Items that an interrupted run did not finish are counted, not listed.
  return kind != ErrorKind::cancelled && counts_[index_of(kind)] < kToldOfEachKind;
}

void FailureLog::report(std::uint64_t number, const std::string& shown, const ItemError& error,
                        const std::string& node, const std::string& replay) {
  std::string text = "item " + std::to_string(number) + " (" + shown + "): ";
  text += std::string(to_string(error.kind)) + ": " + error.function + ": " + place_of(error) +
          message_with_node(error, node);
  if (error.earlier) {
    text += ": item " + std::to_string(*error.earlier + 1) + " or one before it";
  }
  text += remedy(error);
  const std::string printed = printed_line(error.printed, error.printed_since, error.index);
  if (!printed.empty()) text += "\n" + printed;
  if (!replay.empty()) text += "\nto replay it: " + replay;
  diagnostics_.say(text);
  count(error.kind);
}

void FailureLog::finish(bool in_full) {
  bool are_all_told = true;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    const auto name = std::string(to_string(static_cast<ErrorKind>(kind)));
    if (static_cast<ErrorKind>(kind) == ErrorKind::cancelled) {
      if (counts_[kind] > 0) {
        diagnostics_.say("items that were read and not finished: " + std::to_string(counts_[kind]));
      }
    } else if (counts_[kind] > kToldOfEachKind) {
      are_all_told = false;
      diagnostics_.say("... and " + std::to_string(counts_[kind] - kToldOfEachKind) + " more " +
                       name + " (" + std::to_string(counts_[kind]) + " in all)");
    }
  }
  if ((in_full || !are_all_told) && !groups_.empty()) diagnostics_.say(groups_.text());
}

std::uint64_t FailureLog::failed() const noexcept {
  return total() - counts_[index_of(ErrorKind::cancelled)];
}

std::uint64_t FailureLog::total() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace forkmap::host
