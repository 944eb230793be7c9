// SPDX-License-Identifier: Apache-2.0
#include "host/shell/pool_options.hpp"

#include <charconv>
#include <limits>
#include <set>
#include <utility>

#include "host/cli/usage_error.hpp"

namespace forkmap::host {

namespace {

std::uint64_t parse_number(const std::string& text, std::uint64_t least, std::uint64_t most,
                           const std::string& meaning) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < least || value > most) {
    throw UsageError(meaning + " must be a whole number from " + std::to_string(least) + " to " +
                     std::to_string(most) + ", not \"" + text + "\"");
  }
  return value;
}

OnStale parse_on_stale(const std::string& text) {
  if (text == "fail") return OnStale::fail;
  if (text == "refork") return OnStale::refork;
  throw UsageError("on-stale must be fail or refork, not \"" + text + "\"");
}

void set_parameter(PoolOptions& options, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError("a parameter is written param=KEY=VALUE");
  }
  const std::string key = text.substr(0, equals);
  if (!options.parameters.emplace(key, text.substr(equals + 1)).second) {
    throw UsageError("the parameter " + key + " was given twice");
  }
}

}  // namespace

int parse_count(const std::string& text, int least, const std::string& meaning) {
  return static_cast<int>(parse_number(text, static_cast<std::uint64_t>(least),
                                       std::numeric_limits<int>::max(), meaning));
}

PoolOptions parse_pool_options(std::span<const ShellWord> words) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  PoolOptions options;
  std::set<std::string> given;
  for (const ShellWord& word : words) {
    const std::size_t equals = word.text.find('=');
    const std::string name = word.text.substr(0, equals);
    if (name != "param" && !given.insert(name).second) {
      throw UsageError(name + " was given twice");
    }
    const std::string value = equals == std::string::npos ? "" : word.text.substr(equals + 1);
    if (name == "workers") {
      options.workers = parse_count(value, 1, name);
    } else if (name == "retries") {
      options.retries = parse_count(value, 0, name);
    } else if (name == "on-stale") {
      options.on_stale = parse_on_stale(value);
    } else if (name == "recycle") {
      options.recycle_after_items = parse_number(value, 0, kMost, name);
    } else if (name == "window-bytes") {
      options.window_bytes = parse_number(value, 0, kMost, name);
    } else if (name == "seed") {
      options.seed = parse_number(value, 0, kMost, name);
    } else if (name == "param") {
      set_parameter(options, value);
    } else if (word.text == "once") {
      options.once = true;
    } else {
      throw UsageError("pool has no option \"" + word.text +
                       "\"; there are workers=N, retries=N, on-stale=fail|refork, recycle=N, "
                       "window-bytes=N, seed=N, once, param=KEY=VALUE");
    }
  }
  return options;
}

}  // namespace forkmap::host
