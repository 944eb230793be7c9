// SPDX-License-Identifier: Apache-2.0
#include "core/base/stream_writer.hpp"

#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace forkmap::base {

namespace {

constexpr std::size_t kLineBytes = 64;

// Bytes up to the next cache line.
std::size_t bytes_to_line(const char* to) noexcept {
  return static_cast<std::size_t>(-reinterpret_cast<std::uintptr_t>(to)) % kLineBytes;
}

// Whole lines past the caches; `to` is at the start of one.
void copy_lines(char* to, const char* from, std::size_t size_bytes) noexcept {
#if defined(__SSE2__)
  for (std::size_t at = 0; at < size_bytes; at += sizeof(__m128i)) {
    const __m128i piece = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at));
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + at), piece);
  }
#else
  std::memcpy(to, from, size_bytes);
#endif
}

// As memcpy(); whole lines go past the caches.
void copy(char* to, const char* from, std::size_t size_bytes) noexcept {
  const std::size_t head = bytes_to_line(to);
  if (size_bytes < head + kLineBytes) {
    if (size_bytes > 0) std::memcpy(to, from, size_bytes);
    return;
  }
  std::memcpy(to, from, head);
  const std::size_t lines = (size_bytes - head) / kLineBytes * kLineBytes;
  copy_lines(to + head, from + head, lines);
  std::memcpy(to + head + lines, from + head + lines, size_bytes - head - lines);
}

}  // namespace

char* stream_stage(char* begin, const char* at, char* to) noexcept {
  const auto size = static_cast<std::size_t>(at - begin);
  const std::size_t rest = (reinterpret_cast<std::uintptr_t>(to) + size) % kLineBytes;
  copy(to, begin, size - rest);
  std::memcpy(begin, at - rest, rest);
  return to + (size - rest);
}

char* stream_through(const char* begin, const char* at, char* to, const char* from,
                     std::size_t size_bytes) noexcept {
  const auto staged = static_cast<std::size_t>(at - begin);
  if (staged > 0) std::memcpy(to, begin, staged);
  copy(to + staged, from, size_bytes);
  return to + staged + size_bytes;
}

void stream_fence() noexcept {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

}  // namespace forkmap::base
