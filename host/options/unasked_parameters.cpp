// SPDX-License-Identifier: Apache-2.0
#include "host/options/unasked_parameters.hpp"

#include "core/plugin/near_names.hpp"

namespace forkmap::host {

namespace {

constexpr std::size_t kMostNearNames = 3;

// "a" or "b" or "c"
std::string alternatives(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : " or \"") + name + "\"";
  return text;
}

}  // namespace

std::vector<std::string> unasked_notices(const types::Parameters& parameters) {
  std::vector<std::string> notices;
  const std::vector<std::string> not_given = parameters.not_given();
  for (const std::string& name : parameters.never_asked()) {
    const auto near = plugin::near_names(name, not_given, kMostNearNames);
    const std::string hint =
        near.empty()
            ? ": it has changed nothing; the documentation of the plugin says which there are"
            : "; did you mean " + alternatives(near) + "?";
    notices.push_back("nobody asked for parameter \"" + name);
    notices.back().append("\"").append(hint);
  }
  return notices;
}

bool has_run(ErrorKind kind) noexcept {
  return kind == ErrorKind::function_error || kind == ErrorKind::worker_died ||
         kind == ErrorKind::timed_out;
}

}  // namespace forkmap::host
