// SPDX-License-Identifier: Apache-2.0
//
// Two places that text is printed to, of one form, so that both get the same text.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "core/types/print_number.hpp"

namespace forkmap::types {

class StringOutput {
 public:
  explicit StringOutput(std::string& text) noexcept : text_(text) {}

  void put(char c) { text_ += c; }
  void put(std::string_view text) { text_ += text; }
  // `print` is given room for the longest number, and returns where its text ends.
  template <class Print>
  void put_number(const Print& print) {
    std::array<char, kLongestNumberBytes> digits;
    const char* const end = print(digits.data());
    text_.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
  }

 private:
  std::string& text_;
};

// A stretch of memory. What does not fit is left out, and has_failed() says so. A number wants room
// for the longest one.
class StretchOutput {
 public:
  StretchOutput(char* begin, std::size_t size_bytes) noexcept
      : begin_(begin), at_(begin), end_(begin + size_bytes) {}

  void put(char c) noexcept {
    if (has_room(1)) *at_++ = c;
  }
  void put(std::string_view text) noexcept {
    if (text.empty() || !has_room(text.size())) return;
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  template <class Print>
  void put_number(const Print& print) noexcept {
    if (has_room(kLongestNumberBytes)) at_ = print(at_);
  }

  [[nodiscard]] std::size_t size_bytes() const noexcept {
    return static_cast<std::size_t>(at_ - begin_);
  }
  [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

 private:
  [[nodiscard]] bool has_room(std::size_t bytes) noexcept {
    if (bytes <= static_cast<std::size_t>(end_ - at_)) [[likely]]
      return true;
    has_failed_ = true;
    return false;
  }

  char* begin_;
  char* at_;
  char* end_;
  bool has_failed_ = false;
};

}  // namespace forkmap::types
