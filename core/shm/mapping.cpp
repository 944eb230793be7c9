// SPDX-License-Identifier: Apache-2.0
#include "core/shm/mapping.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <boost/interprocess/exceptions.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/memory_locks.hpp"
#include "core/base/system_error.hpp"
#include "core/shm/memfd.hpp"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

namespace forkmap::shm {

namespace {

// Models Boost.Interprocess' MemoryMappable: a descriptor and a mode.
class Mappable {
 public:
  Mappable(int fd, boost::interprocess::mode_t mode) : fd_(fd), mode_(mode) {}
  [[nodiscard]] boost::interprocess::mapping_handle_t get_mapping_handle() const {
    return boost::interprocess::ipcdetail::mapping_handle_from_file_handle(fd_);
  }
  [[nodiscard]] boost::interprocess::mode_t get_mode() const { return mode_; }

 private:
  int fd_;
  boost::interprocess::mode_t mode_;
};

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
constexpr std::uint64_t kCollapsePieceBytes = 64 * kMiB;
constexpr std::chrono::nanoseconds kSmallPagesTime = std::chrono::microseconds(600);  // of a MiB
constexpr std::chrono::nanoseconds kCollapsePatience = std::chrono::seconds(2);

// A place for so many bytes at a multiple of 2 MiB; null if none is found. Not taken yet.
void* huge_page_place(std::uint64_t size_bytes) {
  const std::uint64_t room = size_bytes + kHugePageBytes;
  void* found =
      ::mmap(nullptr, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (found == MAP_FAILED) return nullptr;
  ::munmap(found, room);
  std::size_t found_bytes = room;
  return std::align(kHugePageBytes, size_bytes, found, found_bytes);
}

boost::interprocess::mapped_region map_at(void* place, int fd, boost::interprocess::mode_t mode,
                                          std::uint64_t size_bytes) {
  return {Mappable(fd, mode), mode, 0, size_bytes, place, MAP_SHARED | MAP_NORESERVE};
}

boost::interprocess::mapped_region map_somewhere(int fd, boost::interprocess::mode_t mode,
                                                 std::uint64_t size_bytes, Pages pages) {
  void* const place = pages == Pages::huge ? huge_page_place(size_bytes) : nullptr;
  if (place != nullptr) {
    try {
      return map_at(place, fd, mode, size_bytes);
    } catch (const boost::interprocess::interprocess_exception&) {
      // Another thread was quicker to take the place; any other will do.
    }
  }
  return map_at(nullptr, fd, mode, size_bytes);
}

}  // namespace

Mapping::Mapping(int fd, Access access, std::uint64_t size_bytes, AtFork at_fork, Pages pages) {
  const auto mode = access == Access::read_only ? boost::interprocess::read_only
                                                : boost::interprocess::read_write;
  const base::FillsNoMemory fills_no_memory;
  try {
    region_ = map_somewhere(fd, mode, size_bytes, pages);
  } catch (const boost::interprocess::interprocess_exception& exception) {
    const int error = exception.get_native_error();
    std::string what = "map " + std::to_string(size_bytes) + " bytes of shared memory (mmap)";
    // The kernel says so of no mapping that is made here.
    if (error == EINVAL) what += " (valgrind has not so much room; under it a run needs --serial)";
    base::throw_system_error(what, error);
  }
  // Of a locked mapping no part could be given back.
  (void)::munlock(region_.get_address(), region_.get_size());
  // Both only help: they keep dumps small, and strays away. A system that does not know them, or
  // may not be asked, goes without.
  (void)::madvise(region_.get_address(), region_.get_size(), MADV_DONTDUMP);
  if (at_fork == AtFork::absent) {
    (void)::madvise(region_.get_address(), region_.get_size(), MADV_DONTFORK);
  }
}

std::byte* Mapping::data() const noexcept { return static_cast<std::byte*>(region_.get_address()); }

std::uint64_t Mapping::size_bytes() const noexcept { return region_.get_size(); }

bool Mapping::punch(std::uint64_t offset_bytes, std::uint64_t stretch_bytes) const noexcept {
  const std::uint64_t begin = round_up_to_page(offset_bytes);
  const std::uint64_t end = (offset_bytes + stretch_bytes) / page_bytes() * page_bytes();
  return end <= begin || ::madvise(data() + begin, end - begin, MADV_REMOVE) == 0;
}

std::uint64_t Mapping::collapse(std::uint64_t offset_bytes,
                                std::uint64_t stretch_bytes) const noexcept {
  // Offsets, of which those that are whole pages in the address space count.
  const std::uint64_t origin = reinterpret_cast<std::uintptr_t>(data()) % kHugePageBytes;
  const std::uint64_t first = origin + offset_bytes;
  const std::uint64_t first_page = (first + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
  const std::uint64_t last_end = (first + stretch_bytes) / kHugePageBytes * kHugePageBytes;
  if (last_end <= first_page) return 0;
  const std::uint64_t begin = first_page - origin;
  const std::uint64_t end = last_end - origin;
  // The system collapses only where there is a page; one is made by writing what is there.
  for (std::uint64_t page = begin; page < end; page += kHugePageBytes) {
    auto* const byte = reinterpret_cast<volatile unsigned char*>(data() + page);
    *byte = *byte;
  }
  // Few calls: each waits for every processor once. On a machine with more to do than processors
  // the system can be very slow at it; small pages then are the better bargain.
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t done = begin;
  while (done < end) {
    const std::uint64_t piece = std::min<std::uint64_t>(kCollapsePieceBytes, end - done);
    if (::madvise(data() + done, piece, MADV_COLLAPSE) != 0) break;
    done += piece;
    const std::chrono::nanoseconds fair =
        kCollapsePatience + (done - begin) / kMiB * kSmallPagesTime;
    if (std::chrono::steady_clock::now() - start > fair) break;
  }
  return done - begin;
}

}  // namespace forkmap::shm
