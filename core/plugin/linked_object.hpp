// SPDX-License-Identifier: Apache-2.0
//
// The objects of this process as the dynamic loader has them, and safe looks into their memory.
//  L1 Headers and tables of an object are untrusted: nothing is read that does not lie, as a whole,
//     in one segment that the object has loaded (PT_LOAD) and that may be read.
#pragma once

#include <link.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace forkmap::plugin {

class LinkedObject {
 public:
  struct Range {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    bool readable = false;
  };

  // Of what dl_iterate_phdr() tells of an object.
  explicit LinkedObject(const dl_phdr_info& info);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }  // empty: the program
  [[nodiscard]] std::uint64_t base() const noexcept { return base_; }
  [[nodiscard]] std::uint64_t dynamic() const noexcept { return dynamic_; }  // 0: it has none
  [[nodiscard]] const std::vector<Range>& segments() const noexcept { return segments_; }
  [[nodiscard]] const Range& read_only_later() const noexcept { return relro_; }  // PT_GNU_RELRO

  [[nodiscard]] bool holds(std::uint64_t address) const noexcept;
  // L1.
  [[nodiscard]] bool can_read(std::uint64_t address, std::uint64_t size_bytes) const noexcept;
  // L1; nothing if it cannot be read. Somebody's variable may lie there: the address sanitizer,
  // which knows those of the program, has no say in it.
  template <class T>
  [[nodiscard, gnu::no_sanitize("address")]] std::optional<T> read(
      std::uint64_t address) const noexcept {
    static_assert(std::is_trivially_copyable_v<T>);
    if (!can_read(address, sizeof(T))) return std::nullopt;
    T value;
    // The dynamic loader gives addresses as numbers. NOLINTNEXTLINE(performance-no-int-to-ptr)
    std::memcpy(&value, reinterpret_cast<const void*>(address), sizeof(T));
    return value;
  }
  // L1; the text up to its NUL. Nothing if there is no NUL before the end of the segment.
  [[nodiscard]] std::optional<std::string_view> read_text(std::uint64_t address) const noexcept;

  // Hex; empty if its notes have none. Nothing if they have none as far as they can be read.
  [[nodiscard]] std::optional<std::string> build_id() const;
  // The file, for people: that of the program where the name is empty.
  [[nodiscard]] std::string path() const;

 private:
  std::string name_;
  std::uint64_t base_ = 0;
  std::uint64_t dynamic_ = 0;
  std::vector<Range> segments_;
  std::vector<Range> notes_;
  Range relro_;

  [[nodiscard]] const Range* segment_of(std::uint64_t address) const noexcept;
};

// All of this moment, the program first, in the order in which they were linked.
[[nodiscard]] std::vector<LinkedObject> linked_objects();

// The one that has the address; null if none has.
[[nodiscard]] const LinkedObject* object_at(std::span<const LinkedObject> objects,
                                            std::uint64_t address) noexcept;

}  // namespace forkmap::plugin
