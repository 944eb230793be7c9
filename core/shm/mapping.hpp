// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/interprocess/mapped_region.hpp>
#include <cstddef>
#include <cstdint>

namespace forkmap::shm {

enum class Access : std::uint8_t { read_only, read_write };

// What becomes of a mapping in a child that is forked later.
enum class AtFork : std::uint8_t { inherit, absent };

enum class Pages : std::uint8_t { any, huge };
inline constexpr std::uint64_t kHugePageBytes = std::uint64_t{2} << 20U;

// One shared mapping of a descriptor, kept out of core dumps. The descriptor may be closed after.
class Mapping {
 public:
  Mapping() = default;
  // Throws SystemError. At a multiple of 2 MiB if huge pages are wanted and the address space
  // allows it.
  Mapping(int fd, Access access, std::uint64_t size_bytes, AtFork at_fork,
          Pages pages = Pages::any);

  [[nodiscard]] std::byte* data() const noexcept;
  [[nodiscard]] std::uint64_t size_bytes() const noexcept;

  // Gives the whole pages of a stretch back to the system; they read as zeros afterwards. False if
  // the system refused (locked memory): their contents stay.
  bool punch(std::uint64_t offset_bytes, std::uint64_t stretch_bytes) const noexcept;

  // Puts huge pages under the multiples of 2 MiB that lie wholly in a stretch: allocates their
  // memory, keeps what it holds. Best effort: where the system has none or refuses, pages stay
  // small and come when they are touched. Returns the bytes that are now under huge pages.
  std::uint64_t collapse(std::uint64_t offset_bytes, std::uint64_t stretch_bytes) const noexcept;

 private:
  boost::interprocess::mapped_region region_;
};

}  // namespace forkmap::shm
