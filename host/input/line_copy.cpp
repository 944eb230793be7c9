// SPDX-License-Identifier: Apache-2.0
#include "host/input/line_copy.hpp"

#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "core/base/stream_writer.hpp"

namespace forkmap::host {

namespace {

// Lines are short as a rule: copying a fixed number of bytes costs less than asking how many.
constexpr std::uint64_t kShortBytes = 32;
constexpr std::size_t kBlockBytes = 64;
std::uint64_t distance(const char* begin, const char* end) noexcept {
  return static_cast<std::uint64_t>(end - begin);
}

// One bit for each of the next 64 bytes, the lowest for the first: whether it is `wanted`.
std::uint64_t places_of(char wanted, const char* block) noexcept {
#if defined(__SSE2__)
  const __m128i pattern = _mm_set1_epi8(wanted);
  const auto* const parts = reinterpret_cast<const __m128i*>(block);
  static_assert(kBlockBytes == 4 * sizeof pattern);
  const auto part = [=](int index) {  // a loop would stay one
    const int found = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(parts + index), pattern));
    return std::uint64_t{static_cast<std::uint32_t>(found)};
  };
  return part(0) | part(1) << 16 | part(2) << 32 | part(3) << 48;
#else
  std::uint64_t places = 0;
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    places |= std::uint64_t{block[i] == wanted} << i;
  }
  return places;
#endif
}

// Whole lines on their way into a room. A worker has read what lies there from the last time.
class LineWriter {
 public:
  // The stages are not its members: nobody else has the address of one.
  LineWriter(const LineRoom& room, base::StreamStage& bytes, base::StreamStage& ends) noexcept
      : room_(room),
        bytes_(bytes, room.bytes + room.bytes_used),
        ends_(ends, room.ends + room.count) {}

  [[nodiscard]] bool append(const char* begin, const char* line_end, const char* end) noexcept {
    const std::uint64_t size_bytes = distance(begin, line_end);
    if (room_.is_filled() || size_bytes > room_.bytes_capacity - room_.bytes_used) return false;
    if (size_bytes <= kShortBytes && distance(begin, end) >= kShortBytes) [[likely]] {
      char* const place = bytes_.place();
      std::memcpy(place, begin, kShortBytes);
      bytes_.move_to(place + size_bytes);
    } else {
      bytes_.write(begin, size_bytes);
    }
    room_.bytes_used += size_bytes;
    ++room_.count;
    char* const place = ends_.place();
    std::memcpy(place, &room_.bytes_used, sizeof room_.bytes_used);
    ends_.move_to(place + sizeof room_.bytes_used);
    return true;
  }
  [[nodiscard]] LineRoom finish() noexcept {
    bytes_.finish();
    ends_.finish();
    return room_;
  }

 private:
  LineRoom room_;  // a copy that no store through a byte pointer can change
  base::StreamWriter bytes_;
  base::StreamWriter ends_;
};

}  // namespace

bool append_line(LineRoom& room, const char* begin, const char* line_end) noexcept {
  const std::uint64_t size_bytes = distance(begin, line_end);
  if (size_bytes > room.bytes_capacity - room.bytes_used) return false;
  if (size_bytes > 0) std::memcpy(room.bytes + room.bytes_used, begin, size_bytes);
  room.bytes_used += size_bytes;
  room.ends[room.count++] = room.bytes_used;
  return true;
}

const char* copy_whole_lines(const char* begin, const char* scanned, const char* end,
                             char terminator, LineRoom& room) noexcept {
  base::StreamStage byte_stage;
  base::StreamStage end_stage;
  LineWriter writer(room, byte_stage, end_stage);
  const char* line = begin;
  const char* place = scanned;
  bool goes_on = true;
  for (; goes_on && distance(place, end) >= kBlockBytes; place += kBlockBytes) {
    for (std::uint64_t ends = places_of(terminator, place); ends != 0; ends &= ends - 1) {
      const char* const line_end = place + std::countr_zero(ends);
      goes_on = writer.append(line, line_end, end);
      if (!goes_on) break;
      line = line_end + 1;
    }
  }
  while (goes_on && place < end) {
    const void* const found = std::memchr(place, terminator, distance(place, end));
    if (found == nullptr) break;
    const char* const line_end = static_cast<const char*>(found);
    goes_on = writer.append(line, line_end, end);
    if (!goes_on) break;
    line = line_end + 1;
    place = line;
  }
  room = writer.finish();
  return line;
}

}  // namespace forkmap::host
