// SPDX-License-Identifier: Apache-2.0
#include "host/failures/worker_place.hpp"

#include <algorithm>
#include <string_view>

namespace forkmap::host {

namespace {

// All other messages are those of functions, whatever words they have.
bool is_own_message(ErrorKind kind) noexcept {
  return kind == ErrorKind::worker_died || kind == ErrorKind::timed_out ||
         kind == ErrorKind::stale_registry;
}

}  // namespace

// Pids are those of the worker's machine, so the number alone would mislead here.
std::string message_with_node(const ItemError& error, const std::string& node) {
  if (node.empty() || !is_own_message(error.kind)) return error.message;
  constexpr std::string_view kWord = "worker ";
  for (std::size_t place = error.message.find(kWord); place != std::string::npos;
       place = error.message.find(kWord, place + 1)) {
    const auto begin = error.message.begin() + static_cast<std::ptrdiff_t>(place + kWord.size());
    const auto end = std::find_if(begin, error.message.end(),
                                  [](char letter) { return letter < '0' || letter > '9'; });
    if (begin == end) continue;
    std::string message = error.message;
    message.insert(static_cast<std::size_t>(end - error.message.begin()), " of node " + node);
    return message;
  }
  return error.message;
}

}  // namespace forkmap::host
