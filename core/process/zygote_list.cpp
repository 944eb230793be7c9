// SPDX-License-Identifier: Apache-2.0
#include "core/process/zygote_list.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <bit>
#include <csignal>
#include <cstdint>
#include <utility>

namespace forkmap::process {

namespace {

constexpr int kPatience_ms = 1000;
constexpr int kLook_ms = 2;

struct Listed {
  std::int32_t pid = 0;
  std::int32_t socket = -1;
};

using Place = std::atomic<std::uint64_t>;  // a Listed; pid 0: free
static_assert(sizeof(Listed) == sizeof(std::uint64_t) && Place::is_always_lock_free);

// Relaxed: a handler that runs in between finds a place taken or free, both of which are right.
constexpr auto kOrder = std::memory_order_relaxed;
constinit std::array<Place, 256> places{};

constexpr std::uint64_t kFree = 0;

Listed at(const Place& place) noexcept { return std::bit_cast<Listed>(place.load(kOrder)); }

bool has_ended(pid_t zygote) noexcept {
  siginfo_t info{};
  const int found = ::waitid(P_PID, static_cast<id_t>(zygote), &info, WEXITED | WNOHANG | WNOWAIT);
  return found != 0 || info.si_pid == zygote;
}

bool any_left() noexcept {
  for (const Place& place : places) {
    const Listed zygote = at(place);
    if (zygote.pid != 0 && !has_ended(zygote.pid)) return true;
  }
  return false;
}

}  // namespace

ZygoteEntry::ZygoteEntry(pid_t zygote, int socket) noexcept {
  for (std::size_t i = 0; i < places.size(); ++i) {
    std::uint64_t expected = kFree;
    if (places[i].compare_exchange_strong(
            expected, std::bit_cast<std::uint64_t>(Listed{zygote, socket}), kOrder)) {
      place_ = static_cast<int>(i);
      return;
    }
  }
}

ZygoteEntry::ZygoteEntry(ZygoteEntry&& other) noexcept : place_(std::exchange(other.place_, -1)) {}

ZygoteEntry& ZygoteEntry::operator=(ZygoteEntry&& other) noexcept {
  std::swap(place_, other.place_);
  return *this;
}

ZygoteEntry::~ZygoteEntry() {
  if (place_ >= 0) places[static_cast<std::size_t>(place_)].store(kFree, kOrder);
}

void end_all_zygotes() noexcept {
  for (const Place& place : places) {
    const Listed zygote = at(place);
    // It is ours until it is reaped, and whoever reaps it has taken it from the list before.
    if (zygote.pid == 0 || has_ended(zygote.pid)) continue;
    ::shutdown(zygote.socket, SHUT_RDWR);
    ::kill(zygote.pid, SIGCONT);
  }
  for (int waited_ms = 0; waited_ms < kPatience_ms && any_left(); waited_ms += kLook_ms) {
    ::poll(nullptr, 0, kLook_ms);
  }
  for (const Place& place : places) {
    const Listed zygote = at(place);
    if (zygote.pid != 0 && !has_ended(zygote.pid)) ::kill(zygote.pid, SIGKILL);
  }
}

}  // namespace forkmap::process
