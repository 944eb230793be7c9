// SPDX-License-Identifier: Apache-2.0
//
// What tests ask of a trace.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace forkmap::cli {

[[nodiscard]] std::vector<nlohmann::json> of_category(const nlohmann::json& trace,
                                                      const std::string& category);
// Of events of tasks, all together.
[[nodiscard]] std::uint64_t items_of(const std::vector<nlohmann::json>& tasks);

}  // namespace forkmap::cli
