// SPDX-License-Identifier: Apache-2.0
#include "tests/process/zygote_team.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>

namespace forkmap::process::test {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPageSize = 4096;
constexpr auto kPatience = 60s;

ZygotePlan completed(ZygotePlan plan) {
  if (!plan.progress_word) plan.progress_word = &read_progress;
  return plan;
}

std::string described(const Event& event) {
  return "event " + std::to_string(static_cast<int>(event.kind)) + " of worker " +
         std::to_string(event.worker.slot) + ", status " + std::to_string(event.status) +
         ", error " + std::to_string(event.error_number) + ", \"" + event.text.data() + "\"";
}

}  // namespace

SharedPage::SharedPage() : fd_(::memfd_create("forkmap test", MFD_CLOEXEC)) {
  if (::ftruncate(fd_.get(), kPageSize) != 0) throw std::runtime_error("ftruncate failed");
  data_ = ::mmap(nullptr, kPageSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
  if (data_ == MAP_FAILED) throw std::runtime_error("mmap failed");
}

SharedPage::~SharedPage() { ::munmap(data_, kPageSize); }

std::atomic<std::uint64_t>& SharedPage::word(std::size_t index) const {
  return static_cast<std::atomic<std::uint64_t>*>(data_)[index];
}

std::uint64_t read_progress(const std::byte* page) {
  const void* word = page;
  return static_cast<const std::atomic<std::uint64_t>*>(word)->load(std::memory_order_acquire);
}

void wait_until(const std::function<bool()>& done, const char* what) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error(std::string("this did not come: ") + what);
    }
    ::usleep(1000);
  }
}

Team::Team(ZygotePlan plan, const SharedPage& page)
    : page_(page), zygote_(completed(std::move(plan))) {}

Zygote::Message Team::next() {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    const bool ended = zygote_.ended();
    if (auto message = zygote_.next_event()) return std::move(*message);
    if (ended) throw std::runtime_error("the zygote has ended: " + zygote_.end_text());
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("no event came");
    pollfd ready[2] = {{zygote_.socket_fd(), POLLIN, 0}, {zygote_.pidfd(), POLLIN, 0}};
    ::poll(ready, 2, 1000);
  }
}

Zygote::Message Team::expect(EventKind kind) {
  Zygote::Message message = next();
  if (message.event.kind != kind) {
    throw std::runtime_error("kind " + std::to_string(static_cast<int>(kind)) +
                             " was expected, not " + described(message.event));
  }
  return message;
}

Zygote::Message Team::wait_for(EventKind kind) {
  for (;;) {
    Zygote::Message message = next();
    if (message.event.kind == kind) return message;
  }
}

Zygote::Message Team::spawn(std::uint32_t slot, std::uint32_t incarnation, int output_fd) {
  if (!zygote_.spawn({slot, incarnation}, page_.fd(), page_.fd(), output_fd)) {
    throw std::runtime_error("spawn was not sent");
  }
  return expect(EventKind::spawned);
}

ZygotePlan plan_of(std::function<int(WorkerBirth)> body) {
  ZygotePlan plan;
  plan.worker_body = std::move(body);
  return plan;
}

int idle(WorkerBirth) {
  for (;;) ::pause();
}

pid_t fork_and_run(const std::function<int()>& body) {
  std::fflush(nullptr);  // what the test has printed is not the forked process's to print
  std::cout.flush();
  const pid_t pid = ::fork();
  if (pid == -1) throw std::runtime_error("cannot fork");  // whoever kills -1 kills everything
  if (pid != 0) return pid;
  try {
    ::_exit(body());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "in a forked process: %s\n", error.what());
  } catch (...) {
    std::fputs("in a forked process: an exception of unknown type\n", stderr);
  }
  ::_exit(99);
}

int exit_status_of(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, 0) != pid) throw std::runtime_error("waitpid failed");
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace forkmap::process::test
