// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace forkmap::base {

// Two digits, in lower case.
void append_hexadecimal(std::string& out, unsigned char byte);

// All digits of a number, in lower case, with zeros in front.
constexpr std::size_t kHexadecimalDigits = 16;
[[nodiscard]] std::string hexadecimal(std::uint64_t value);

// Nothing unless the text is kHexadecimalDigits digits, in either case.
[[nodiscard]] std::optional<std::uint64_t> from_hexadecimal(std::string_view digits) noexcept;

}  // namespace forkmap::base
