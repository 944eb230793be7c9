// SPDX-License-Identifier: Apache-2.0
#include "host/input/failed_items.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "core/base/system_error.hpp"
#include "host/cli/usage_error.hpp"
#include "host/text/json_value.hpp"

namespace forkmap::host {

namespace {

[[noreturn]] void refuse(const std::string& why) { throw std::invalid_argument(why); }

const nlohmann::json& field_of(const nlohmann::json& failure, const char* name) {
  if (!failure.is_object()) refuse("it is not a JSON object");
  const auto found = failure.find(name);
  if (found == failure.end()) refuse("it has no \"" + std::string(name) + "\"");
  return *found;
}

std::uint64_t number_of(const nlohmann::json& field) {
  // A signed or a fractional number would be converted without a word.
  if (!field.is_number_unsigned() || field.get<std::uint64_t>() == 0) {
    refuse("\"item\" is " + field.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) +
           "; wanted: a whole number from 1");
  }
  return field.get<std::uint64_t>();
}

std::string text_of(const nlohmann::json& field) {
  if (field.is_string()) return field.get<std::string>();
  if (!field.is_object() || field.size() != 1) {
    refuse("\"text\" is neither a string nor {\"base64\": ...}");
  }
  const nlohmann::json& encoded = field_of(field, "base64");
  std::optional<std::string> text;
  if (encoded.is_string()) text = from_base64(encoded.get<std::string>());
  if (!text) refuse("the base64 of its \"text\" is damaged");
  return *std::move(text);
}

// An open file that can be read; a folder can be opened, and fails later with a word that does not
// name it.
std::ifstream open_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  int why = file ? 0 : errno;
  std::error_code unknown;
  if (why == 0 && std::filesystem::is_directory(path, unknown)) why = EISDIR;
  if (why != 0)
    throw UsageError("--retry-failures: cannot read " + path + ": " + base::error_text(why));
  return file;
}

}  // namespace

std::vector<FailedItem> read_failed_items(const std::string& path) {
  std::ifstream file = open_file(path);
  std::vector<FailedItem> items;
  std::string line;
  for (std::uint64_t number = 1; std::getline(file, line); ++number) {
    try {
      const nlohmann::json failure = nlohmann::json::parse(line);
      items.push_back({number_of(field_of(failure, "item")), text_of(field_of(failure, "text"))});
    } catch (const std::exception& error) {
      throw UsageError("--retry-failures: " + path + ", line " + std::to_string(number) +
                       ": not a failure as --failures writes it: " + error.what());
    }
  }
  if (file.bad()) {
    throw UsageError("--retry-failures: cannot read " + path + ": " + base::error_text(EIO));
  }
  std::ranges::stable_sort(items, {}, &FailedItem::number);
  return items;
}

}  // namespace forkmap::host
