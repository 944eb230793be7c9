// SPDX-License-Identifier: Apache-2.0
#include "core/plugin/linked_object.hpp"

#include <algorithm>
#include <limits>

#include "core/base/executable_path.hpp"
#include "core/plugin/elf_file.hpp"

namespace forkmap::plugin {

namespace {

// Of a segment; empty where its numbers leave the address space.
LinkedObject::Range range_of(const dl_phdr_info& info, const ElfW(Phdr) & segment) noexcept {
  const std::uint64_t begin = info.dlpi_addr + segment.p_vaddr;
  if (segment.p_memsz > std::numeric_limits<std::uint64_t>::max() - begin) return {};
  return {begin, begin + segment.p_memsz, (segment.p_flags & PF_R) != 0};
}

}  // namespace

LinkedObject::LinkedObject(const dl_phdr_info& info)
    : name_(info.dlpi_name == nullptr ? "" : info.dlpi_name), base_(info.dlpi_addr) {
  for (int number = 0; number < info.dlpi_phnum; ++number) {
    const ElfW(Phdr)& segment = info.dlpi_phdr[number];
    const Range range = range_of(info, segment);
    if (segment.p_type == PT_LOAD) segments_.push_back(range);
    if (segment.p_type == PT_NOTE) notes_.push_back(range);
    if (segment.p_type == PT_GNU_RELRO) relro_ = range;
    if (segment.p_type == PT_DYNAMIC) dynamic_ = range.begin;
  }
}

const LinkedObject::Range* LinkedObject::segment_of(std::uint64_t address) const noexcept {
  const auto found = std::ranges::find_if(segments_, [address](const Range& segment) {
    return address >= segment.begin && address < segment.end;
  });
  return found == segments_.end() ? nullptr : &*found;
}

bool LinkedObject::holds(std::uint64_t address) const noexcept {
  return segment_of(address) != nullptr;
}

bool LinkedObject::can_read(std::uint64_t address, std::uint64_t size_bytes) const noexcept {
  const Range* const segment = segment_of(address);
  return segment != nullptr && segment->readable && size_bytes <= segment->end - address;
}

std::optional<std::string_view> LinkedObject::read_text(std::uint64_t address) const noexcept {
  if (!can_read(address, 1)) return std::nullopt;
  // The dynamic loader gives addresses as numbers. NOLINTNEXTLINE(performance-no-int-to-ptr)
  const auto* const text = reinterpret_cast<const char*>(address);
  const std::size_t room = segment_of(address)->end - address;
  const std::size_t size = ::strnlen(text, room);
  if (size == room) return std::nullopt;
  return std::string_view(text, size);
}

std::optional<std::string> LinkedObject::build_id() const {
  bool are_all_readable = true;
  for (const Range& note : notes_) {
    const std::uint64_t size_bytes = note.end - note.begin;
    if (size_bytes == 0 && note.begin != 0) continue;
    if (!can_read(note.begin, size_bytes)) {
      are_all_readable = false;
      continue;
    }
    // The dynamic loader gives addresses as numbers. NOLINTNEXTLINE(performance-no-int-to-ptr)
    const auto* const bytes = reinterpret_cast<const unsigned char*>(note.begin);
    if (std::string id = build_id_in_notes({bytes, size_bytes}); !id.empty()) return id;
  }
  if (!are_all_readable) return std::nullopt;
  return std::string();
}

std::string LinkedObject::path() const { return name_.empty() ? base::executable_path() : name_; }

std::vector<LinkedObject> linked_objects() {
  std::vector<LinkedObject> objects;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* all) {
        static_cast<std::vector<LinkedObject>*>(all)->emplace_back(*info);
        return 0;
      },
      &objects);
  return objects;
}

const LinkedObject* object_at(std::span<const LinkedObject> objects,
                              std::uint64_t address) noexcept {
  const auto found = std::ranges::find_if(
      objects, [address](const LinkedObject& object) { return object.holds(address); });
  return found == objects.end() ? nullptr : &*found;
}

}  // namespace forkmap::plugin
