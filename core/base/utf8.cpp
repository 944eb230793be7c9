// SPDX-License-Identifier: Apache-2.0
#include "core/base/utf8.hpp"

namespace forkmap::base {

Utf8Character utf8_character_at(std::string_view text, std::size_t place) noexcept {
  const auto byte_at = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned lead = byte_at(place);
  if (lead < 0x80) return {1, lead};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - place < length) return {};
  char32_t code = lead & (0xffU >> (length + 1));
  for (std::size_t next = place + 1; next < place + length; ++next) {
    if ((byte_at(next) & 0xc0U) != 0x80U) return {};
    code = (code << 6U) | (byte_at(next) & 0x3fU);
  }
  const bool is_overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (is_overlong || is_surrogate || code > 0x10ffff) return {};
  return {length, code};
}

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t place = 0; place < text.size();) {
    const std::size_t length = utf8_character_at(text, place).bytes;
    if (length == 0) return false;
    place += length;
  }
  return true;
}

}  // namespace forkmap::base
