// SPDX-License-Identifier: Apache-2.0
//
// The host's side of a courier's sockets.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "core/base/unique_fd.hpp"

namespace forkmap::courier {

inline constexpr const char* kNonce = "00112233445566778899aabbccddeeff";

[[nodiscard]] base::UniqueFd listen_at(const std::string& name, int connections);

struct Preamble {
  std::uint32_t peer = 0;
  std::uint32_t ranks = 0;
};

// Takes the next connection, and reads its preamble, which must have kNonce. Throws if nobody comes
// in time, or if it is another one.
[[nodiscard]] base::UniqueFd accept_courier(int listener, Preamble& preamble);

// The process that has connected.
[[nodiscard]] pid_t pid_behind(int socket);

// Waits until the socket can be read; throws if that takes too long.
void wait_readable(int socket);

}  // namespace forkmap::courier
