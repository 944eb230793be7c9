// SPDX-License-Identifier: Apache-2.0
#include "tests/command/trace_reading.hpp"

namespace forkmap::cli {

std::vector<nlohmann::json> of_category(const nlohmann::json& trace, const std::string& category) {
  std::vector<nlohmann::json> found;
  for (const nlohmann::json& event : trace) {
    if (event.value("cat", "") == category) found.push_back(event);
  }
  return found;
}

std::uint64_t items_of(const std::vector<nlohmann::json>& tasks) {
  std::uint64_t sum = 0;
  for (const nlohmann::json& task : tasks) sum += task["args"]["items"].get<std::uint64_t>();
  return sum;
}

}  // namespace forkmap::cli
