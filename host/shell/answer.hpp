// SPDX-License-Identifier: Apache-2.0
//
// What a statement of the shell came to: what it shows, and what an `expect` after it can ask
// about.
#pragma once

#include <cstdint>
#include <forkmap/outcome.hpp>
#include <forkmap/registry.hpp>
#include <optional>
#include <string>
#include <vector>

namespace forkmap::host {

// The errors of one kind among the items of a statement.
struct ShellFailures {
  ErrorKind kind = ErrorKind::not_run;
  std::uint64_t count = 0;
  std::vector<std::uint64_t> items = {};  // numbers of the first ones, from 1
  std::string message = {};               // of the first
};

struct ShellAnswer {
  std::string text = {};  // whole lines, or empty
  // Results as they are shown, without failed items; nothing where a statement has no results.
  std::optional<std::vector<std::string>> values = {};
  bool values_are_text = false;  // each is a text in quotes
  std::vector<ShellFailures> failures = {};
  std::optional<Generation> generation = {};  // of the pool or registry that it was about
  std::string error = {};                     // why the statement could not be done
};

}  // namespace forkmap::host
