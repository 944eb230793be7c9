// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace forkmap::pool {

// Why something cannot go on. The first reason stands.
class Failure {
 public:
  [[nodiscard]] bool is_set() const noexcept { return !why_.empty(); }
  [[nodiscard]] const std::string& why() const noexcept { return why_; }
  void set(const std::string& why) {
    if (why_.empty()) why_ = why;
  }

 private:
  std::string why_;
};

}  // namespace forkmap::pool
