// SPDX-License-Identifier: Apache-2.0
#include "host/failed_items.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/system_error.hpp"
#include "host/json_value.hpp"
#include "host/usage_error.hpp"

namespace forkmap::host {

namespace {

std::string text_of(const nlohmann::json& field) {
  if (field.is_string()) return field.get<std::string>();
  return from_base64(field.at("base64").get<std::string>()).value();
}

}  // namespace

std::vector<FailedItem> read_failed_items(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw UsageError("cannot read " + path + ": " + base::error_text(errno));
  std::vector<FailedItem> items;
  std::string line;
  for (std::uint64_t number = 1; std::getline(file, line); ++number) {
    try {
      const nlohmann::json failure = nlohmann::json::parse(line);
      items.push_back({failure.at("item").get<std::uint64_t>(), text_of(failure.at("text"))});
      if (items.back().number == 0) throw std::out_of_range("items count from 1");
    } catch (const std::exception& error) {
      throw UsageError(path + ", line " + std::to_string(number) +
                       ": not a failure as --failures writes it: " + error.what());
    }
  }
  if (file.bad()) throw UsageError("cannot read " + path + ": " + base::error_text(EIO));
  std::ranges::stable_sort(items, {}, &FailedItem::number);
  return items;
}

}  // namespace forkmap::host
