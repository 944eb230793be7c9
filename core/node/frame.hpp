// SPDX-License-Identifier: Apache-2.0
//
// What two nodes send each other: frames, one behind the other, over any stream of bytes. A frame
// is a head of 48 bytes and a payload. Numbers are little-endian, as x86-64 has them.
//  F1 Nothing that came is believed: a head that cannot be ends the stream, with a text that says
//     why. Memory is taken for bytes that have come, never for a length that was announced.
//  F2 A message that is longer than one frame may be is cut; all frames of it but the last are
//     marked, and nothing comes between them.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace forkmap::node {

static_assert(std::endian::native == std::endian::little);

enum class FrameType : std::uint8_t {
  hello = 1,
  welcome,
  refused,
  open,
  block,
  parts,
  beat,
  ping,
  recall,
  returned,
  cancel,
  close,
  pause,
  resume,
  shutdown,
  bye,
  printed,
  crash,
  events,
  held,
  sent
};
inline constexpr FrameType kLastFrameType = FrameType::sent;

inline constexpr std::uint32_t kFrameMagic = 0x4b4d4b46;  // "FKMK"
inline constexpr std::uint8_t kFrameVersion = 1;
inline constexpr std::uint64_t kMostPayloadBytes = std::uint64_t{1} << 20U;
inline constexpr std::uint64_t kMostMessageBytes = std::uint64_t{1} << 30U;

struct FrameHead {
  std::uint32_t magic = kFrameMagic;
  std::uint8_t version = kFrameVersion;
  FrameType type = FrameType::hello;
  std::uint16_t goes_on = 0;  // 1: the next frame has more of this message
  std::uint32_t epoch = 0;    // which life of the connection with that node
  std::uint32_t peer = 0;     // which node, where several share a stream
  std::array<std::uint64_t, 3> words{};
  std::uint64_t payload_bytes = 0;
};
static_assert(sizeof(FrameHead) == 48);

struct Message {
  FrameType type = FrameType::hello;
  std::uint32_t epoch = 0;
  std::uint32_t peer = 0;
  std::array<std::uint64_t, 3> words{};
  std::vector<std::byte> payload = {};
};

// Appends a message as frames.
void append_frames(const Message& message, std::vector<std::byte>& out);

// Why a head cannot be; empty: it can.
[[nodiscard]] std::string fault_of(const FrameHead& head);

// Takes bytes as they come, and gives whole messages.
class FrameReader {
 public:
  // Takes all of them, unless the stream is bad.
  void take(std::span<const std::byte> bytes);
  // The next whole message; nothing: more bytes are needed, or the stream is bad.
  [[nodiscard]] std::optional<Message> next();
  // Why no message will come any more; empty: the stream is good.
  [[nodiscard]] const std::string& fault() const noexcept { return fault_; }
  // Bytes of a message have come, and not all.
  [[nodiscard]] bool is_inside_message() const noexcept {
    return at_ < bytes_.size() || message_.has_value();
  }

 private:
  std::vector<std::byte> bytes_;    // of frames that were not read yet, from at_ on
  std::size_t at_ = 0;              // where the next frame begins
  std::optional<Message> message_;  // its first frames have come
  std::string fault_;

  bool join(const FrameHead& head, std::span<const std::byte> payload);
  void forget_read();
};

}  // namespace forkmap::node
