// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/node/frame.hpp"

namespace forkmap::host {

// Reads one message from a stream, and nothing behind it: the rest is for somebody else.
class FirstMessage {
 public:
  // What there is, without waiting. The message, once it is whole.
  [[nodiscard]] std::optional<node::Message> read(int socket);
  // Why there will be none; empty: it may come.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

 private:
  node::FrameReader reader_;
  std::vector<std::byte> frame_;  // what has come of the frame that is being read
  std::string fault_;

  [[nodiscard]] std::size_t missing_bytes() const noexcept;
};

}  // namespace forkmap::host
