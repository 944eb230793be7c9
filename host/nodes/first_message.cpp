// SPDX-License-Identifier: Apache-2.0
#include "host/nodes/first_message.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "core/base/system_error.hpp"

namespace forkmap::host {

// Of the head, and then of its payload. A length that cannot be is found by the reader.
std::size_t FirstMessage::missing_bytes() const noexcept {
  node::FrameHead head;
  if (frame_.size() < sizeof head) return sizeof head - frame_.size();
  std::memcpy(&head, frame_.data(), sizeof head);
  if (!node::fault_of(head).empty()) return 0;
  return sizeof head + head.payload_bytes - frame_.size();
}

std::optional<node::Message> FirstMessage::read(int socket) {
  std::array<std::byte, std::size_t{16} << 10U> bytes;
  while (fault_.empty()) {
    const std::size_t missing = missing_bytes();
    if (missing == 0) {
      reader_.take(frame_);
      frame_.clear();
      if (auto message = reader_.next()) return message;
      fault_ = reader_.fault();
      continue;  // or its next frame
    }
    const ssize_t got = ::recv(socket, bytes.data(), std::min(missing, bytes.size()), MSG_DONTWAIT);
    if (got > 0) {
      frame_.insert(frame_.end(), bytes.begin(), bytes.begin() + got);
    } else if (got == 0) {
      fault_ = "its connection was closed";
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      fault_ = "its connection failed: " + base::error_text(errno);
    }
  }
  return std::nullopt;
}

}  // namespace forkmap::host
