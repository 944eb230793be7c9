// SPDX-License-Identifier: Apache-2.0
//
// One value out of many, combined in the order in which they are given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "host/options/result_form.hpp"

namespace forkmap::host {

__extension__ typedef __int128 Int128;

// Integers are summed in 128 bits and never wrap. The sum of floats is the plain sum from left to
// right, in double precision; a NaN makes every result NaN.
class Accumulator {
 public:
  explicit Accumulator(Reduction reduction) : reduction_(reduction) {}

  void count_only() noexcept { ++count_; }
  void add(Int128 value) noexcept;
  void add(double value) noexcept;
  // All values that another one of the same reduction has been given. A sum of floats is then one
  // of two sums, and not the one from left to right.
  void add_all_of(const Accumulator& other) noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  // The sum left 128 bits; there is no value any more.
  [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }
  // All of it as text, exact, to go on with in another process; false from restore() if `state` is
  // none.
  [[nodiscard]] std::string state() const;
  [[nodiscard]] bool restore(const std::string& state);
  // Nothing for the min, max or mean of nothing, and after an overflow. `is_float`: of a sum of
  // nothing; `is_single`: written as a float of 32 bits where it is one of the values.
  [[nodiscard]] std::optional<std::string> text(bool is_float, bool is_single) const;

 private:
  Reduction reduction_;
  std::uint64_t count_ = 0;
  Int128 whole_ = 0;
  double real_ = 0;
  bool overflowed_ = false;
};

[[nodiscard]] std::string to_text(Int128 value);

}  // namespace forkmap::host
