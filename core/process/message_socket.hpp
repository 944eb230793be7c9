// SPDX-License-Identifier: Apache-2.0
//
// Messages over one end of a SOCK_SEQPACKET pair: each is one trivially copyable struct, with up to
// three descriptors. Nothing here blocks, raises SIGPIPE or throws.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include "core/base/unique_fd.hpp"

namespace forkmap::process {

inline constexpr std::size_t kMaxDescriptors = 3;

enum class [[nodiscard]] SendResult : std::uint8_t { sent, full, gone };

enum class [[nodiscard]] ReceiveResult : std::uint8_t {
  received,
  none,  // nothing there now
  gone   // the other end is closed, or sent something that is no message of this kind
};

struct ReceivedDescriptors {
  std::array<base::UniqueFd, kMaxDescriptors> fds;
  std::size_t count = 0;
  bool lost_some = false;  // this process had no descriptor left for them
};

// Both ends, non-blocking, close on exec, at high numbers. Throws SystemError.
[[nodiscard]] std::pair<base::UniqueFd, base::UniqueFd> make_message_pair();

SendResult send_bytes(int socket, std::span<const std::byte> message,
                      std::span<const int> descriptors) noexcept;
ReceiveResult receive_bytes(int socket, std::span<std::byte> message,
                            ReceivedDescriptors& descriptors) noexcept;

template <class Message>
  requires std::is_trivially_copyable_v<Message>
SendResult send_message(int socket, const Message& message,
                        std::span<const int> descriptors = {}) noexcept {
  return send_bytes(socket, std::as_bytes(std::span(&message, 1)), descriptors);
}

template <class Message>
  requires std::is_trivially_copyable_v<Message>
ReceiveResult receive_message(int socket, Message& message,
                              ReceivedDescriptors& descriptors) noexcept {
  return receive_bytes(socket, std::as_writable_bytes(std::span(&message, 1)), descriptors);
}

}  // namespace forkmap::process
