// SPDX-License-Identifier: Apache-2.0
#include "core/types/message_cut.hpp"

#include <forkmap/plugin.h>

namespace forkmap::types {

namespace {

bool continues_character(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u;
}

constexpr std::size_t kMostContinuationBytes = 3;

}  // namespace

std::size_t whole_characters(std::string_view text, std::size_t limit_bytes) noexcept {
  if (text.size() <= limit_bytes) return text.size();
  std::size_t end = limit_bytes;
  for (std::size_t step = 0; step <= kMostContinuationBytes; ++step) {
    if (end == 0 || !continues_character(text[end])) return end;
    --end;
  }
  return limit_bytes;  // not UTF-8: no character has so many continuation bytes
}

std::size_t character_begin(std::string_view text, std::size_t place) noexcept {
  std::size_t begin = place;
  for (std::size_t step = 0; step < kMostContinuationBytes; ++step) {
    if (begin == text.size() || !continues_character(text[begin])) return begin;
    ++begin;
  }
  return begin == text.size() || !continues_character(text[begin]) ? begin : place;
}

CutMessage cut_message(std::string_view text) noexcept {
  if (text.size() <= FORKMAP_MAX_MESSAGE_BYTES) return {text, {}};
  const std::size_t kept = whole_characters(text, FORKMAP_MAX_MESSAGE_BYTES - kCutMark.size());
  return {text.substr(0, kept), kCutMark};
}

}  // namespace forkmap::types
