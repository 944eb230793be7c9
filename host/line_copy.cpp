// SPDX-License-Identifier: Apache-2.0
#include "host/line_copy.hpp"

#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace forkmap::host {

namespace {

// Lines are short as a rule: copying a fixed number of bytes costs less than asking how many.
constexpr std::uint64_t kShortBytes = 32;
constexpr std::size_t kBlockBytes = 64;
// A worker has read the lines that lie there from the last time: each piece of memory has to be
// fetched from its core before it is written. Asked for so far ahead, it is there in time.
constexpr std::size_t kAheadBytes = 1024;

std::uint64_t distance(const char* begin, const char* end) noexcept {
  return static_cast<std::uint64_t>(end - begin);
}

// One bit for each of the next 64 bytes, the lowest for the first: whether it is `wanted`.
std::uint64_t places_of(char wanted, const char* block) noexcept {
  std::uint64_t places = 0;
#if defined(__SSE2__)
  const __m128i pattern = _mm_set1_epi8(wanted);
  for (std::size_t part = 0; part < kBlockBytes / sizeof pattern; ++part) {
    const auto* const at = reinterpret_cast<const __m128i*>(block) + part;
    const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(at), pattern));
    places |= std::uint64_t{static_cast<std::uint32_t>(found)} << (part * sizeof pattern);
  }
#else
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    places |= std::uint64_t{block[i] == wanted} << i;
  }
#endif
  return places;
}

inline bool append(LineRoom& room, const char* begin, const char* line_end,
                   const char* end) noexcept {
  const std::uint64_t size_bytes = distance(begin, line_end);
  const std::uint64_t room_bytes = room.bytes_capacity - room.bytes_used;
  __builtin_prefetch(room.bytes + room.bytes_used + kAheadBytes, 1);
  __builtin_prefetch(room.ends + room.count + kAheadBytes / sizeof *room.ends, 1);
  if (size_bytes > room_bytes) return false;
  if (size_bytes <= kShortBytes && room_bytes >= kShortBytes && distance(begin, end) >= kShortBytes)
      [[likely]] {
    std::memcpy(room.bytes + room.bytes_used, begin, kShortBytes);
  } else {
    std::memcpy(room.bytes + room.bytes_used, begin, size_bytes);
  }
  room.bytes_used += size_bytes;
  room.ends[room.count++] = room.bytes_used;
  return true;
}

}  // namespace

bool append_line(LineRoom& room, const char* begin, const char* line_end,
                 const char* end) noexcept {
  return append(room, begin, line_end, end);
}

const char* copy_whole_lines(const char* begin, const char* scanned, const char* end,
                             char terminator, LineRoom& result) noexcept {
  LineRoom room = result;  // a copy that no store through a byte pointer can change
  const char* line = begin;
  const char* place = scanned;
  bool goes_on = true;
  for (; goes_on && distance(place, end) >= kBlockBytes; place += kBlockBytes) {
    for (std::uint64_t ends = places_of(terminator, place); ends != 0; ends &= ends - 1) {
      const char* const line_end = place + std::countr_zero(ends);
      goes_on = !room.is_filled() && append(room, line, line_end, end);
      if (!goes_on) break;
      line = line_end + 1;
    }
  }
  while (goes_on && place < end) {
    const void* const found = std::memchr(place, terminator, distance(place, end));
    if (found == nullptr) break;
    const char* const line_end = static_cast<const char*>(found);
    goes_on = !room.is_filled() && append(room, line, line_end, end);
    if (!goes_on) break;
    line = line_end + 1;
    place = line;
  }
  result = room;
  return line;
}

}  // namespace forkmap::host
