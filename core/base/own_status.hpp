// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace forkmap::base {

// What /proc/self/status says of this process now. Async-signal-safe: takes no memory and no lock,
// and touches none of the pages that stdio would in each process that is forked.
class OwnStatus {
 public:
  OwnStatus() noexcept;

  // The number of the line "NAME:\tNUMBER", which is written to that base. Nothing where the system
  // does not tell.
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name, int base) const noexcept;

 private:
  std::array<char, 4096> text_;
  std::size_t size_bytes_ = 0;
};

}  // namespace forkmap::base
