// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/options/halt_rule.hpp"
#include "host/run/job.hpp"

namespace forkmap::host {

// Keeps the rule of --halt over one run.
class HaltWatch {
 public:
  // `reduces`: the run prints one value, which a part of the items does not have.
  HaltWatch(const HaltRule& rule, bool reduces, RunJob& job);

  // True once: when the rule is met. It has then been said. `facts.total` may be left to this.
  [[nodiscard]] bool is_met_now(HaltRule::Facts facts);
  [[nodiscard]] bool is_met() const noexcept { return met_; }
  [[nodiscard]] HaltRule::When when() const noexcept { return rule_.when; }
  // What the run ends with, if without the rule it were `status`: the items that were not finished
  // are no failures then. Enough successes are a success.
  [[nodiscard]] int status(int status) const noexcept;

 private:
  const HaltRule& rule_;
  RunJob& job_;
  bool reduces_;
  std::optional<std::uint64_t> total_;
  bool met_ = false;
};

}  // namespace forkmap::host
