// SPDX-License-Identifier: Apache-2.0
//
// What the machines of a run are called. Who tells of a worker knows its machine's number.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace forkmap::host {

class NodeNames {
 public:
  static constexpr const char* kThisMachine = "here";

  // Of the other machines, from number 1; once they are known.
  void set(std::vector<std::string> names) { names_ = std::move(names); }
  [[nodiscard]] bool are_there() const noexcept { return !names_.empty(); }
  // Empty for this machine, 0.
  [[nodiscard]] std::string of(std::uint32_t node) const {
    if (node == 0) return {};
    return node <= names_.size() ? names_[node - 1] : "node " + std::to_string(node);
  }
  // The same for a table of all machines.
  [[nodiscard]] std::string shown(std::uint32_t node) const {
    return node == 0 ? kThisMachine : of(node);
  }

 private:
  std::vector<std::string> names_;
};

}  // namespace forkmap::host
