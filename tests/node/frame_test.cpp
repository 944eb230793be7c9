// SPDX-License-Identifier: Apache-2.0
//
// Frames, whole and in pieces, and what no node has sent.
#include "core/node/frame.hpp"

#include <cstring>
#include <random>

#include "tests/catch.hpp"

namespace forkmap::node {

namespace {

std::vector<std::byte> some_bytes(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t at = 0; at < size; ++at) bytes[at] = static_cast<std::byte>(at * 7 % 251);
  return bytes;
}

Message a_message(std::size_t payload_bytes) {
  return {FrameType::block, 3, 2, {10, 20, UINT64_MAX}, some_bytes(payload_bytes)};
}

void check_same(const Message& left, const Message& right) {
  CHECK(left.type == right.type);
  CHECK(left.epoch == right.epoch);
  CHECK(left.peer == right.peer);
  CHECK(left.words == right.words);
  CHECK(left.payload == right.payload);
}

std::string fault_after(FrameHead head) {
  FrameReader reader;
  reader.take(std::as_bytes(std::span(&head, 1)));
  CHECK_FALSE(reader.next());
  return reader.fault();
}

}  // namespace

TEST_CASE("a message comes as it was sent, whatever its length and however it is cut") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{1000},
                                 kMostPayloadBytes, kMostPayloadBytes + 1, 3 * kMostPayloadBytes}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{47}, std::size_t{65536}}) {
      if (piece < 100 && size > 1000) continue;
      CAPTURE(size, piece);
      std::vector<std::byte> wire;
      append_frames(a_message(size), wire);
      append_frames(a_message(5), wire);
      FrameReader reader;
      std::vector<Message> got;
      for (std::size_t at = 0; at < wire.size(); at += piece) {
        reader.take(std::span(wire).subspan(at, std::min(piece, wire.size() - at)));
        while (auto message = reader.next()) got.push_back(std::move(*message));
      }
      REQUIRE(got.size() == 2);
      check_same(got[0], a_message(size));
      check_same(got[1], a_message(5));
      CHECK(reader.fault().empty());
      CHECK_FALSE(reader.is_inside_message());
    }
  }
}

TEST_CASE("a message that was cut off is not given, and it is seen") {
  std::vector<std::byte> wire;
  append_frames(a_message(kMostPayloadBytes + 10), wire);
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{48}, std::size_t{49}, wire.size() - 1}) {
    FrameReader reader;
    reader.take(std::span(wire).first(size));
    CHECK_FALSE(reader.next());
    CHECK(reader.fault().empty());
    CHECK(reader.is_inside_message());
  }
}

TEST_CASE("a head that cannot be ends the stream, and says why") {
  FrameHead head;
  head.magic = 1;
  CHECK(fault_after(head) == "these are no frames of forkmap");
  head = {};
  head.version = 9;
  CHECK(fault_after(head) == "frames of version 9, here they have version 1");
  head = {};
  head.type = static_cast<FrameType>(0);
  CHECK(fault_after(head) == "a frame of the unknown type 0");
  head.type = static_cast<FrameType>(200);
  CHECK(fault_after(head) == "a frame of the unknown type 200");
  head = {};
  head.goes_on = 2;
  CHECK(fault_after(head) == "a frame with the unknown mark 2");
  head = {};
  head.payload_bytes = UINT64_MAX;
  CHECK(fault_after(head) == "a frame of 18446744073709551615 bytes, it may have 1048576");
  head = {};
  head.goes_on = 1;
  CHECK(fault_after(head) == "a frame without a part of its message");
}

TEST_CASE("a frame that does not continue the message before it ends the stream") {
  FrameHead first;
  first.goes_on = 1;
  first.payload_bytes = 1;
  FrameHead second;
  second.type = FrameType::bye;
  std::vector<std::byte> wire(2 * sizeof(FrameHead) + 1);
  std::memcpy(wire.data(), &first, sizeof(first));
  std::memcpy(wire.data() + sizeof(first) + 1, &second, sizeof(second));
  FrameReader reader;
  reader.take(wire);
  CHECK_FALSE(reader.next());
  CHECK(reader.fault() == "a frame that does not continue the message before it");
}

TEST_CASE("whatever bytes come, the reader gives messages or a reason") {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::vector<std::byte> wire;
    append_frames(a_message(seed), wire);
    append_frames(a_message(0), wire);
    for (int change = 0; change < 3; ++change) {
      wire[random() % wire.size()] = static_cast<std::byte>(random());
    }
    FrameReader reader;
    reader.take(wire);
    int messages = 0;
    while (reader.next()) ++messages;
    CHECK(messages <= 2);
    CHECK((messages == 2 || !reader.fault().empty() || reader.is_inside_message()));
    const std::string fault = reader.fault();
    reader.take(wire);
    if (!fault.empty()) CHECK_FALSE(reader.next());
    CHECK((fault.empty() || reader.fault() == fault));
  }
}

}  // namespace forkmap::node
