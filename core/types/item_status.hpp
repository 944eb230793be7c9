// SPDX-License-Identifier: Apache-2.0
//
// The status of an item as it stands in a chunk. A function's own numbers (plugin.h) are 0 to 5,
// and of these only FORKMAP_STATUS_VALUE is taken as it stands there. Every other outcome is
// written by forkmap's services, in numbers that plugin.h does not have: so a failure always has
// its text, and nothing that only the host may say can be said by a plugin.
#pragma once

#include <forkmap/plugin.h>

#include <cstdint>
#include <forkmap/outcome.hpp>
#include <string_view>

namespace forkmap::types {

enum ItemStatus : std::uint8_t {
  kFailed = 0x82,        // FunctionError, with a text
  kRefused = 0x83,       // BadItem, as the function says, with a text
  kTooLarge = 0x84,      // PayloadTooLarge, with a text
  kUnparsed = 0x85,      // BadItem, as the parser says: its text begins with the column
  kNoStatus = 0x86,      // FunctionError: the function left the status out
  kStatusByHand = 0x87,  // FunctionError: it wrote an error's status, without a text
  kNoResult = 0x88       // FunctionError: it left a variable result out
};

[[nodiscard]] constexpr bool has_text(std::uint8_t status) noexcept {
  return status >= kFailed && status <= kUnparsed;
}

// The text of a failure that has none of its own; empty for all others.
[[nodiscard]] constexpr std::string_view fixed_text(std::uint8_t status) noexcept {
  switch (status) {
    case kNoStatus:
      return "the function's run entry left the status of this item out";
    case kStatusByHand:
      return "the function's run entry wrote the status of an error by itself; fail() is there for "
             "that";
    case kNoResult:
      return "the function's run entry did not set a result of this item";
    default:
      return {};
  }
}

[[nodiscard]] constexpr bool is_failure(std::uint8_t status) noexcept {
  return has_text(status) || !fixed_text(status).empty();
}

[[nodiscard]] constexpr ErrorKind kind_of_failure(std::uint8_t status) noexcept {
  switch (status) {
    case kRefused:
    case kUnparsed:
      return ErrorKind::bad_item;
    case kTooLarge:
      return ErrorKind::payload_too_large;
    default:
      return ErrorKind::function_error;
  }
}

// What a plugin's number, or kUnparsed, is stored as when an item fails.
[[nodiscard]] constexpr std::uint8_t stored_status(std::uint32_t status) noexcept {
  switch (status) {
    case FORKMAP_STATUS_BAD_ITEM:
      return kRefused;
    case FORKMAP_STATUS_PAYLOAD_TOO_LARGE:
      return kTooLarge;
    case kUnparsed:
      return kUnparsed;
    default:
      return kFailed;
  }
}

// The number of plugin.h that a stored status stands for.
[[nodiscard]] constexpr std::uint8_t reported_status(std::uint8_t status) noexcept {
  if (!is_failure(status)) return status;
  switch (kind_of_failure(status)) {
    case ErrorKind::bad_item:
      return FORKMAP_STATUS_BAD_ITEM;
    case ErrorKind::payload_too_large:
      return FORKMAP_STATUS_PAYLOAD_TOO_LARGE;
    default:
      return FORKMAP_STATUS_FUNCTION_ERROR;
  }
}

}  // namespace forkmap::types
