// SPDX-License-Identifier: Apache-2.0
//
// Names of parameters that were asked for although they were not given, in memory of all processes
// that ask.
//
// Who runs this: any thread of any process that runs plugin code notes; the host reads, at any
// time.
//  N1 A slot goes from free to being written to written, once, by whoever claimed it. The first
//  free
//     slot is claimed, so behind it all are free.
//  N2 Killed between: the slot stays being written, and everybody passes it by.
//  N3 Nothing is believed: the reader copies what a checked length covers, and uses the copy.
// Names that are longer than a slot, or come when all slots are taken, are not kept; a name that
// two processes note at once may be there twice.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace forkmap::types {

class AskedNames {
 public:
  void note(std::string_view name) noexcept;  // allocates nothing and calls no system
  // Each once, in order of the alphabet.
  [[nodiscard]] std::vector<std::string> all() const;

 private:
  static constexpr std::size_t kSlots = 64;
  static constexpr std::size_t kNameBytes = 60;
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kBeingWritten = ~std::uint32_t{0};

  struct Slot {
    std::atomic<std::uint32_t> state{kFree};  // or kBeingWritten, or the length of the name
    std::array<char, kNameBytes> name{};
  };
  static_assert(sizeof(Slot) == 64 && std::atomic<std::uint32_t>::is_always_lock_free);

  std::array<Slot, kSlots> slots_;
};
static_assert(std::is_standard_layout_v<AskedNames> && sizeof(AskedNames) == 4096);

}  // namespace forkmap::types
