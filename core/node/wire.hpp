// SPDX-License-Identifier: Apache-2.0
//
// Values in the payload of a message, written one behind the other and read in the same order.
//  W1 A reader never leaves its bytes and takes no memory for a count that they cannot hold. Its
//     first fault stands; what is read after it is empty.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace forkmap::node {

// Numbers below it take one byte where they may be short.
inline constexpr std::uint64_t kLongFrom = 0x80;

class WireWriter {
 public:
  explicit WireWriter(std::vector<std::byte>& out) noexcept : out_(out) {}

  template <class Number>
    requires std::integral<Number> || std::floating_point<Number>
  void put(Number value) {
    put_bytes(&value, sizeof(value));
  }
  // 7 bits a byte, the lowest first: small numbers are short.
  void put_short(std::uint64_t value) {
    if (value < kLongFrom) {
      out_.push_back(static_cast<std::byte>(value));
    } else {
      put_long(value);
    }
  }
  void put(std::string_view text);
  template <class Value>
  void put(const std::optional<Value>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  void put_bytes(const void* bytes, std::size_t size) {
    const auto* const from = static_cast<const std::byte*>(bytes);
    out_.insert(out_.end(), from, from + size);
  }

 private:
  std::vector<std::byte>& out_;

  void put_long(std::uint64_t value);
};

class WireReader {
 public:
  explicit WireReader(std::span<const std::byte> bytes) noexcept : left_(bytes) {}

  template <class Number>
    requires std::integral<Number> || std::floating_point<Number>
  void get(Number& value) {
    value = {};
    const auto bytes = get_bytes(sizeof(value));
    if constexpr (std::same_as<Number, bool>) {
      if (bytes.empty()) return;
      if (bytes[0] > std::byte{1}) return fail("a truth value that is neither 0 nor 1");
      value = bytes[0] == std::byte{1};
    } else if (!bytes.empty()) {
      std::memcpy(&value, bytes.data(), sizeof(value));
    }
  }
  [[nodiscard]] std::uint64_t get_short() {
    if (left_.empty() || std::to_integer<std::uint64_t>(left_.front()) >= kLongFrom) {
      return get_long();
    }
    const auto value = std::to_integer<std::uint64_t>(left_.front());
    left_ = left_.subspan(1);
    return value;
  }
  void get(std::string& text);
  template <class Value>
  void get(std::optional<Value>& value) {
    value.reset();
    bool is_there = false;
    get(is_there);
    if (is_there) get(value.emplace());
  }
  // A number from 0 to `last`.
  template <class Enum>
  void get_enum(Enum& value, Enum last) {
    std::uint8_t number = 0;
    get(number);
    if (number > static_cast<std::uint8_t>(last)) return fail("an unknown kind");
    value = static_cast<Enum>(number);
  }
  // How many things follow, each of `least_bytes` or more.
  [[nodiscard]] std::uint64_t get_count(std::uint64_t least_bytes);
  // Empty, and a fault, if there are not so many.
  [[nodiscard]] std::span<const std::byte> get_bytes(std::uint64_t size);

  void fail(std::string why) {
    if (fault_.empty()) fault_ = std::move(why);
    left_ = {};
  }
  // Something is left that nobody has asked for.
  void expect_end() {
    if (!left_.empty()) fail("more bytes than the message has");
  }
  [[nodiscard]] bool is_good() const noexcept { return fault_.empty(); }
  [[nodiscard]] bool is_at_end() const noexcept { return left_.empty(); }
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 private:
  std::span<const std::byte> left_;
  std::string fault_;

  [[nodiscard]] std::uint64_t get_long();
};

}  // namespace forkmap::node
