// SPDX-License-Identifier: Apache-2.0
//
// What a message is held to that came from another machine.
#pragma once

#include <cstdint>
#include <random>
#include <utility>

#include "core/node/messages.hpp"
#include "tests/catch.hpp"

namespace forkmap::testing {

// A message that is too short, or too long, is refused, wherever it was cut.
template <class Struct>
void check_cuts(const node::Message& message) {
  for (std::size_t size = 0; size < message.payload.size(); ++size) {
    CAPTURE(size, message.payload.size());
    node::Message cut = message;
    cut.payload.resize(size);
    Struct to{};
    CHECK_FALSE(from_message(std::move(cut), to).empty());
  }
  node::Message longer = message;
  longer.payload.push_back(std::byte{0});
  Struct to{};
  CHECK_FALSE(from_message(std::move(longer), to).empty());
}

// Whatever was changed, there is a message or a reason; the sanitizers look for the rest.
template <class Struct>
void check_noise(const node::Message& message) {
  for (std::uint32_t seed = 1; seed <= 500; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    node::Message changed = message;
    for (int change = 0; change < 3 && !changed.payload.empty(); ++change) {
      changed.payload[random() % changed.payload.size()] = static_cast<std::byte>(random());
    }
    Struct to{};
    const node::Fault fault = from_message(std::move(changed), to);
    CHECK(fault.size() < 200);
  }
}

}  // namespace forkmap::testing
