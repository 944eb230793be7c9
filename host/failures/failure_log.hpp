// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <forkmap/outcome.hpp>
#include <string>
#include <string_view>

#include "host/cli/diagnostics.hpp"
#include "host/failures/failure_groups.hpp"

namespace forkmap::host {

// Tells of failed items on standard error: the first ten of each kind, then how many there were,
// and at which places.
class FailureLog {
 public:
  explicit FailureLog(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  // Whether report() would print an error of this kind.
  [[nodiscard]] bool wants(ErrorKind kind) const noexcept;
  // `number` counts from 1; `shown` is the item, quoted; `replay` may be empty, and `node` is for
  // this machine.
  void report(std::uint64_t number, const std::string& shown, const ItemError& error,
              const std::string& node, const std::string& replay);
  void count(ErrorKind kind) noexcept { ++counts_[index_of(kind)]; }
  // Of every failure, told or not.
  void group(std::uint64_t number, const ItemError& error) { groups_.add(error, number); }
  // How many were not told of, and then, or where `in_full`, where all of them were.
  void finish(bool in_full);

  [[nodiscard]] std::uint64_t total() const noexcept;
  [[nodiscard]] std::uint64_t failed() const noexcept;  // all but the cancelled ones
  [[nodiscard]] std::uint64_t total(ErrorKind kind) const noexcept {
    return counts_[index_of(kind)];
  }

 private:
  static constexpr std::size_t kKinds = static_cast<std::size_t>(ErrorKind::cancelled) + 1;
  static std::size_t index_of(ErrorKind kind) noexcept { return static_cast<std::size_t>(kind); }

  Diagnostics& diagnostics_;
  FailureGroups groups_;
  std::array<std::uint64_t, kKinds> counts_{};
};

}  // namespace forkmap::host
