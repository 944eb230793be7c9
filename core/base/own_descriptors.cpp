// SPDX-License-Identifier: Apache-2.0
#include "core/base/own_descriptors.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace forkmap::base {

namespace {

// One bit a number; pages that no number falls into take no memory. The kernel gives the lowest
// free number, so a process would have to hold a million descriptors to come to the end.
constexpr std::size_t kMostDescriptors = std::size_t{1} << 20U;
constexpr std::size_t kWordBits = 64;

using Word = std::atomic<std::uint64_t>;

// All accesses are relaxed: a bit says nothing about other memory, and a forked child has a copy of
// all that its thread has seen.
constinit std::array<Word, kMostDescriptors / kWordBits> words{};
constinit std::atomic<std::size_t> used_words{0};  // those behind were never set

constexpr std::uint64_t bit_of(std::size_t number) noexcept {
  return std::uint64_t{1} << (number % kWordBits);
}

void note_used(std::size_t count) noexcept {
  std::size_t known = used_words.load(std::memory_order_relaxed);
  while (known < count &&
         !used_words.compare_exchange_weak(known, count, std::memory_order_relaxed)) {
  }
}

}  // namespace

int enter_own_descriptor(int fd) noexcept {
  if (fd < 0) return fd;
  const auto number = static_cast<std::size_t>(fd);
  if (number >= kMostDescriptors) {
    ::close(fd);
    errno = EMFILE;
    return -1;
  }
  note_used(number / kWordBits + 1);
  words[number / kWordBits].fetch_or(bit_of(number), std::memory_order_relaxed);
  return fd;
}

bool give_up_own_descriptor(int fd) noexcept {
  if (fd < 0 || static_cast<std::size_t>(fd) >= kMostDescriptors) return false;
  const auto number = static_cast<std::size_t>(fd);
  const std::uint64_t before =
      words[number / kWordBits].fetch_and(~bit_of(number), std::memory_order_relaxed);
  return (before & bit_of(number)) != 0;
}

void close_own_descriptor(int fd) noexcept {
  if (give_up_own_descriptor(fd)) ::close(fd);
}

void close_own_descriptors_but(std::span<const int> kept, std::span<const int> kept_too) noexcept {
  const auto has = [](std::span<const int> some, int fd) {
    return std::ranges::find(some, fd) != some.end();
  };
  const std::size_t count = used_words.load(std::memory_order_relaxed);
  for (std::size_t at = 0; at < count; ++at) {
    std::uint64_t left = words[at].load(std::memory_order_relaxed);
    while (left != 0) {
      const auto fd = static_cast<int>(at * kWordBits) + std::countr_zero(left);
      left &= left - 1;
      if (!has(kept, fd) && !has(kept_too, fd)) close_own_descriptor(fd);
    }
  }
}

}  // namespace forkmap::base
