// SPDX-License-Identifier: Apache-2.0
#include "core/process/inherited_state.hpp"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <thread>

namespace forkmap::process {

namespace {

using namespace std::chrono_literals;

// A joined thread is still listed for the moment the kernel takes to end it; that is waited for.
std::size_t settled_thread_count() {
  constexpr auto kPatience = 500ms;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    const std::size_t count = thread_count();
    if (count <= 1 || std::chrono::steady_clock::now() >= deadline) return count;
    std::this_thread::sleep_for(1ms);
  }
}

}  // namespace

std::size_t threads_without_proc() noexcept {
  // Of a process with one thread this asks for nothing; of any other it is refused.
  if (::unshare(CLONE_THREAD) == 0) return 1;
  return errno == EINVAL ? 2 : 0;
}

std::size_t thread_count() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/task"), &::closedir);
  if (!folder) return threads_without_proc();
  std::size_t count = 0;
  while (const dirent* entry = ::readdir(folder.get())) {
    if (entry->d_name[0] != '.') ++count;
  }
  return count;
}

InheritedState::InheritedState(int socket)
    : socket_(socket), socket_identity_(identity_of(socket)) {}

InheritedState::FileIdentity InheritedState::identity_of(int fd) noexcept {
  struct stat file{};
  if (::fstat(fd, &file) != 0) return {};
  return {file.st_dev, file.st_ino};
}

std::optional<std::string> complaint_about_threads(const std::string& origin) {
  const std::size_t threads = settled_thread_count();
  if (threads == 1) return std::nullopt;
  if (threads == 0) {
    return "there is no /proc here, and unshare() may not be called: whether " + origin +
           " left threads running cannot be known; mount /proc";
  }
  const std::string what = origin + " left " + std::to_string(threads - 1) +
                           (threads == 2 ? " thread" : " threads") +
                           " running; workers cannot be forked from it. ";
  if (::dlsym(RTLD_DEFAULT, "__tsan_init") != nullptr) {
    return what +
           "The library of -fsanitize=thread runs one itself: with it there is no pool, only "
           "forkmap run --serial";
  }
  return what +
         "Let it end its threads first; those of OpenMP end by "
         "omp_pause_resource_all(omp_pause_hard)";
}

std::optional<std::string> InheritedState::restore(const std::string& origin) const {
  const base::StateChanges changes = state_.restore();
  if (identity_of(socket_) != socket_identity_) {
    return origin + " closed or replaced descriptors that are not its own";
  }
  if (const auto lost = changes_text(changes, base::StateChange::Outcome::lost); !lost.empty()) {
    return origin + " changed " + lost + " and closed descriptors that are not its own";
  }
  return complaint_about_threads(origin);
}

}  // namespace forkmap::process
