// SPDX-License-Identifier: Apache-2.0
//
// --halt: when a run gives up, or has enough, before its input ends. As in GNU parallel.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace forkmap::host {

struct HaltRule {
  enum class When : std::uint8_t {
    never,
    soon,  // start nothing more, wait for what runs
    now    // stop what runs
  };
  enum class Why : std::uint8_t { fail, success, done };

  When when = When::never;
  Why why = Why::fail;
  std::uint64_t count = 0;  // so many items; 0: `percent` of all
  int percent = 0;

  // The progress of a run. `total` is absent while the number of items is unknown.
  struct Facts {
    std::uint64_t done = 0;  // failed ones included
    std::uint64_t failed = 0;
    std::optional<std::uint64_t> total = {};
  };
  [[nodiscard]] bool is_met(const Facts& facts) const noexcept;
  // "now,fail=3"
  [[nodiscard]] std::string name() const;
  // "3 items have failed (--halt now,fail=3): ...", for the user.
  [[nodiscard]] std::string text(const Facts& facts) const;
};

// "now,fail=1", "soon,success=10%", "never"; also 0 (never), 1 (soon,fail=1), 2 (now,fail=1),
// -1 and -2 (the same with success), and N% (soon,fail=N%). Throws UsageError.
[[nodiscard]] HaltRule parse_halt_rule(const std::string& text);

}  // namespace forkmap::host
