// SPDX-License-Identifier: Apache-2.0
//
// Failures by place: many failed items are few faults. What crashed is grouped by the frame where
// it was; what has no frame by how it ended; what was reported by its message, whatever numbers and
// quoted texts stand in it.
#pragma once

#include <cstdint>
#include <forkmap/outcome.hpp>
#include <string>
#include <unordered_map>
#include <vector>

namespace forkmap::host {

struct FailureGroup {
  ErrorKind kind = ErrorKind::not_run;
  std::string function;
  std::string where;  // the frame, how it ended, or the first message
  std::uint64_t count = 0;
  std::vector<std::uint64_t> items;  // the first ones, from 1
};

class FailureGroups {
 public:
  // `number`: of the item, from 1. Cancelled ones are no failures.
  void add(const ItemError& error, std::uint64_t number);

  [[nodiscard]] bool empty() const noexcept { return groups_.empty(); }
  // The largest first, at most `limit`.
  [[nodiscard]] std::vector<FailureGroup> largest(std::size_t limit) const;
  // "244 failures at 4 places:" and a line for each of the largest; empty without failures.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<FailureGroup> groups_;
  std::unordered_map<std::string, std::size_t> places_;  // in `groups_`, by what they share
  std::uint64_t failures_ = 0;
  std::uint64_t ungrouped_ = 0;  // that came when there were too many groups
};

// "3, 17, 29, ..."
[[nodiscard]] std::string items_text(const FailureGroup& group);

}  // namespace forkmap::host
