// SPDX-License-Identifier: Apache-2.0
//
// A zygote with workers, driven without a pool: what a test needs to talk to it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "core/base/unique_fd.hpp"
#include "core/process/zygote.hpp"
#include "tests/kit/descriptors.hpp"

namespace forkmap::process::test {

// A page that host, zygote and workers share; where the results of a lane would be.
class SharedPage {
 public:
  SharedPage();
  SharedPage(const SharedPage&) = delete;
  SharedPage& operator=(const SharedPage&) = delete;
  ~SharedPage();

  [[nodiscard]] int fd() const { return fd_.get(); }
  // Word 0 is the progress word; the others are the test's.
  [[nodiscard]] std::atomic<std::uint64_t>& word(std::size_t index) const;

 private:
  base::UniqueFd fd_;
  void* data_;
};

[[nodiscard]] std::uint64_t read_progress(const std::byte* page);
[[nodiscard]] constexpr std::uint64_t progress(std::uint32_t turn, std::uint32_t item) {
  return (std::uint64_t{turn} << 32) | item;
}

// Waits for what must come. Throws after a minute: a watchdog, not a measurement.
void wait_until(const std::function<bool()>& done, const char* what);

// The plan's progress_word is read_progress() if it has none.
class Team {
 public:
  Team(ZygotePlan plan, const SharedPage& page);

  Zygote& zygote() { return zygote_; }

  // The next event, waited for. Throws if the zygote has ended and has nothing more to say.
  [[nodiscard]] Zygote::Message next();

  // The same, and the event must be of that kind.
  Zygote::Message expect(EventKind kind);

  // Events until the one of that kind; the others are dropped.
  Zygote::Message wait_for(EventKind kind);

  // Spawns a worker and waits for `spawned`.
  Zygote::Message spawn(std::uint32_t slot, std::uint32_t incarnation = 0, int output_fd = -1);

 private:
  const SharedPage& page_;
  Zygote zygote_;
};

[[nodiscard]] ZygotePlan plan_of(std::function<int(WorkerBirth)> body);

// A worker body that does nothing, for ever.
int idle(WorkerBirth);

// Runs `body` in a forked process, which leaves with its result, or with 99 if it throws.
[[nodiscard]] pid_t fork_and_run(const std::function<int()>& body);

// The exit status of a forked process; -1 if it ended by a signal.
[[nodiscard]] int exit_status_of(pid_t pid);

using tests::open_descriptors;

}  // namespace forkmap::process::test
