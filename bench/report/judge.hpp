// SPDX-License-Identifier: Apache-2.0
//
// Whether targets are met. Pure functions of figures.
#pragma once

#include <optional>
#include <string>

#include "bench/report/figures.hpp"

namespace forkmap::bench {

// Ours divided by theirs. Where both were run equally often, the runs of one round belong together
// (what disturbs the machine then disturbs both): the median of the rounds' quotients. Otherwise
// the quotient of the medians. Nothing if one has no runs, or theirs is 0.
[[nodiscard]] std::optional<double> ratio(const Figure& ours, const Figure& theirs);

// The contender that a target names; null if it was not measured.
[[nodiscard]] const Contender* opponent(const Row& row, const Target& target);

// What a target bounds; nothing if it was not measured.
[[nodiscard]] std::optional<double> value_of(const Row& row, const Target& target);

enum class Verdict : std::uint8_t { met, missed, not_measured };
[[nodiscard]] Verdict judge(const Row& row, const Target& target);
// The worst of its targets: missed, not measured, met; nothing if it has none. A row with an error
// has missed.
[[nodiscard]] std::optional<Verdict> judge(const Row& row);

// Whether nothing was missed; with `everything`, whether all targets were measured, too.
[[nodiscard]] bool passes(const Report& report, bool everything);

// "<= 4 x cache-line ping-pong", "<= 2 ms".
[[nodiscard]] std::string to_text(const Row& row, const Target& target);
[[nodiscard]] std::string to_string(Verdict verdict);

}  // namespace forkmap::bench
