// SPDX-License-Identifier: Apache-2.0
#include "core/base/stream_writer.hpp"

#include <memory>
#include <random>
#include <string>

#include "tests/catch.hpp"

using namespace forkmap::base;

TEST_CASE("what goes through a stream writer is what was put in, and nothing else is touched") {
  std::mt19937_64 random(8);
  constexpr std::size_t kGuardBytes = 64;
  StreamStage stage;
  for (int round = 0; round < 2000; ++round) {
    // Pieces of any size, to a place of any alignment.
    std::string wanted;
    const std::size_t before = random() % 200;
    const std::unique_ptr<char[]> memory(new char[(std::size_t{1} << 16U) + 400]);
    std::memset(memory.get(), '#', before);
    StreamWriter writer(stage, memory.get() + before);
    const std::uint64_t largest = std::uint64_t{1} << (random() % 13);
    for (std::uint64_t pieces = random() % 200; pieces > 0; --pieces) {
      const std::string piece(random() % largest, static_cast<char>('a' + random() % 26));
      if (wanted.size() + piece.size() > std::size_t{1} << 16U) break;
      if (piece.size() <= kStageSlackBytes && random() % 2 == 0) {
        char* const place = writer.place();
        std::memcpy(place, piece.data(), piece.size());
        writer.move_to(place + piece.size());
      } else {
        writer.write(piece.data(), piece.size());
      }
      wanted += piece;
    }
    std::memset(memory.get() + before + wanted.size(), '#', kGuardBytes);
    REQUIRE(writer.finish() == memory.get() + before + wanted.size());
    REQUIRE(std::string(memory.get(), before) == std::string(before, '#'));
    REQUIRE(std::string(memory.get() + before, wanted.size()) == wanted);
    REQUIRE(std::string(memory.get() + before + wanted.size(), kGuardBytes) ==
            std::string(kGuardBytes, '#'));
  }
}

TEST_CASE("a writer that is given nothing writes nothing") {
  StreamStage stage;
  char memory[8] = "1234567";
  StreamWriter writer(stage, memory);
  writer.write(nullptr, 0);
  CHECK(writer.finish() == memory);
  CHECK(std::string(memory) == "1234567");
}
