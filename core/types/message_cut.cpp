// SPDX-License-Identifier: Apache-2.0
#include "core/types/message_cut.hpp"

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

}  // namespace forkmap::types
