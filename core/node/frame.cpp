// SPDX-License-Identifier: Apache-2.0
#include "core/node/frame.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace forkmap::node {

namespace {

void append_bytes(std::vector<std::byte>& out, const void* bytes, std::size_t size) {
  const auto* const from = static_cast<const std::byte*>(bytes);
  out.insert(out.end(), from, from + size);
}

}  // namespace

void append_frames(const Message& message, std::vector<std::byte>& out) {
  FrameHead head;
  head.type = message.type;
  head.epoch = message.epoch;
  head.peer = message.peer;
  head.words = message.words;
  std::size_t at = 0;
  do {
    const std::size_t left = message.payload.size() - at;
    head.payload_bytes = std::min<std::uint64_t>(left, kMostPayloadBytes);
    head.goes_on = left > kMostPayloadBytes ? 1 : 0;
    append_bytes(out, &head, sizeof(head));
    append_bytes(out, message.payload.data() + at, head.payload_bytes);
    at += head.payload_bytes;
  } while (at < message.payload.size());
}

std::string fault_of(const FrameHead& head) {
  if (head.magic != kFrameMagic) return "these are no frames of forkmap";
  if (head.version != kFrameVersion) {
    return "frames of version " + std::to_string(head.version) + ", here they have version " +
           std::to_string(kFrameVersion);
  }
  const auto type = static_cast<unsigned>(head.type);
  if (type == 0 || type > static_cast<unsigned>(kLastFrameType)) {
    return "a frame of the unknown type " + std::to_string(type);
  }
  if (head.goes_on > 1) return "a frame with the unknown mark " + std::to_string(head.goes_on);
  if (head.payload_bytes > kMostPayloadBytes) {
    return "a frame of " + std::to_string(head.payload_bytes) + " bytes, it may have " +
           std::to_string(kMostPayloadBytes);
  }
  if (head.goes_on != 0 && head.payload_bytes == 0) return "a frame without a part of its message";
  return {};
}

void FrameReader::take(std::span<const std::byte> bytes) {
  if (fault_.empty()) bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

std::optional<Message> FrameReader::next() {
  while (fault_.empty() && bytes_.size() - at_ >= sizeof(FrameHead)) {
    FrameHead head;
    std::memcpy(&head, bytes_.data() + at_, sizeof(head));
    fault_ = fault_of(head);
    if (!fault_.empty()) break;
    if (bytes_.size() - at_ - sizeof(head) < head.payload_bytes) break;
    const std::span<const std::byte> payload(bytes_.data() + at_ + sizeof(head),
                                             head.payload_bytes);
    if (!join(head, payload)) break;
    at_ += sizeof(head) + head.payload_bytes;
    if (head.goes_on == 0) return std::exchange(message_, std::nullopt);
  }
  forget_read();
  return std::nullopt;
}

bool FrameReader::join(const FrameHead& head, std::span<const std::byte> payload) {
  if (!message_) {
    message_ = Message{head.type, head.epoch, head.peer, head.words, {}};
  } else if (head.type != message_->type || head.epoch != message_->epoch ||
             head.peer != message_->peer || head.words != message_->words) {
    fault_ = "a frame that does not continue the message before it";
    return false;
  }
  if (payload.size() > kMostMessageBytes - message_->payload.size()) {
    fault_ = "a message of more than " + std::to_string(kMostMessageBytes) + " bytes";
    return false;
  }
  message_->payload.insert(message_->payload.end(), payload.begin(), payload.end());
  return true;
}

// At each pause of the stream, so that no byte is moved more than once for each of them.
void FrameReader::forget_read() {
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
}

}  // namespace forkmap::node
