// SPDX-License-Identifier: Apache-2.0
//
// Two places that text is printed to, of one form, so that both get the same text.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "core/base/stream_writer.hpp"
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

// A stretch of memory that another process reads. What does not fit is left out, and has_failed()
// says so; a number wants room for the longest one.
class StreamOutput {
 public:
  StreamOutput(base::StreamStage& stage, char* to, std::size_t size_bytes) noexcept
      : writer_(stage, to), size_bytes_(size_bytes), left_bytes_(size_bytes) {}

  void put(char c) noexcept {
    if (!has_room(1)) return;
    char* const place = writer_.place();
    *place = c;
    writer_.move_to(place + 1);
    left_bytes_ -= 1;
  }
  void put(std::string_view text) noexcept {
    if (!has_room(text.size())) return;
    writer_.write(text.data(), text.size());
    left_bytes_ -= text.size();
  }
  template <class Print>
  void put_number(const Print& print) noexcept {
    if (!has_room(kLongestNumberBytes)) return;
    char* const place = writer_.place();
    char* const end = print(place);
    writer_.move_to(end);
    left_bytes_ -= static_cast<std::size_t>(end - place);
  }

  // Nothing is put after it.
  void finish() noexcept { writer_.finish(); }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return size_bytes_ - left_bytes_; }
  [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

 private:
  [[nodiscard]] bool has_room(std::size_t bytes) noexcept {
    if (bytes <= left_bytes_) [[likely]]
      return true;
    has_failed_ = true;
    return false;
  }

  base::StreamWriter writer_;
  std::size_t size_bytes_;
  std::size_t left_bytes_;
  bool has_failed_ = false;
};

}  // namespace forkmap::types
