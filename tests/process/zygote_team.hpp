// SPDX-License-Identifier: Apache-2.0
//
// A zygote with workers, driven without a pool: what a test needs to talk to it.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/base/unique_fd.hpp"
#include "core/process/zygote.hpp"

namespace forkmap::process::test {

using namespace std::chrono_literals;

// Shared memory that host and workers write; where the results of a lane would be.
class SharedPage {
 public:
  SharedPage() : fd_(::memfd_create("forkmap test", MFD_CLOEXEC)) {
    if (::ftruncate(fd_.get(), kSize) != 0) throw std::runtime_error("ftruncate");
    data_ = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    if (data_ == MAP_FAILED) throw std::runtime_error("mmap");
    std::memset(data_, 0, kSize);
  }
  SharedPage(const SharedPage&) = delete;
  SharedPage& operator=(const SharedPage&) = delete;
  ~SharedPage() { ::munmap(data_, kSize); }

  [[nodiscard]] int fd() const { return fd_.get(); }
  // Word 0 is the progress word; the others are the test's.
  [[nodiscard]] std::atomic<std::uint64_t>& word(std::size_t index) const {
    return static_cast<std::atomic<std::uint64_t>*>(data_)[index];
  }

 private:
  static constexpr std::size_t kSize = 4096;
  base::UniqueFd fd_;
  void* data_ = nullptr;
};

inline std::uint64_t read_progress(const std::byte* page) {
  return reinterpret_cast<const std::atomic<std::uint64_t>*>(page)->load(std::memory_order_acquire);
}

// Waits for what must come; a watchdog, not a measurement.
inline void wait_until(const std::function<bool()>& done, const char* what) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error(what);
    ::usleep(1000);
  }
}

class Team {
 public:
  explicit Team(ZygotePlan plan) : zygote_(completed(std::move(plan))) {}

  Zygote& zygote() { return zygote_; }
  SharedPage& page() { return page_; }

  // The next event, waited for; throws if the zygote has ended and has nothing more to say.
  Zygote::Message next() {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    for (;;) {
      const bool ended = zygote_.ended();
      if (auto message = zygote_.next_event()) return std::move(*message);
      if (ended) throw std::runtime_error("the zygote has " + zygote_.end_text());
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("no event came");
      pollfd ready[2] = {{zygote_.socket_fd(), POLLIN, 0}, {zygote_.pidfd(), POLLIN, 0}};
      ::poll(ready, 2, 1000);
    }
  }

  // Like next(), and the event must be of that kind.
  Zygote::Message expect(EventKind kind) {
    Zygote::Message message = next();
    if (message.event.kind != kind) {
      throw std::runtime_error("event " + std::to_string(static_cast<int>(message.event.kind)) +
                               " came, not " + std::to_string(static_cast<int>(kind)) + ": " +
                               message.event.text.data());
    }
    return message;
  }

  Zygote::Message spawn(std::uint32_t slot, std::uint32_t incarnation = 0, int output_fd = -1) {
    if (!zygote_.spawn({slot, incarnation}, page_.fd(), page_.fd(), output_fd)) {
      throw std::runtime_error("spawn was not sent");
    }
    return expect(EventKind::spawned);
  }

 private:
  static ZygotePlan completed(ZygotePlan plan) {
    if (!plan.progress_word) plan.progress_word = &read_progress;
    return plan;
  }
  SharedPage page_;
  Zygote zygote_;
};

// A plan whose workers run `body`, which may use the page of the team that is not made yet.
inline ZygotePlan plan_of(std::function<int(WorkerBirth)> body) {
  ZygotePlan plan;
  plan.worker_body = std::move(body);
  return plan;
}

}  // namespace forkmap::process::test
