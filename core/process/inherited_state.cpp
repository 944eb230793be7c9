// SPDX-License-Identifier: Apache-2.0
#include "core/process/inherited_state.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "core/base/system_error.hpp"
#include "core/process/signal_state.hpp"

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

mode_t current_umask() noexcept {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return mask;
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
    : pid_(::getpid()),
      socket_(socket),
      socket_identity_(identity_of(socket)),
      folder_(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)),
      umask_(current_umask()) {
  if (!folder_) base::throw_system_error("open the working directory", errno);
  folder_ = base::moved_high(std::move(folder_));
  folder_identity_ = identity_of(folder_.get());
}

bool InheritedState::is_same_process() const noexcept { return ::getpid() == pid_; }

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
  return origin + " left " + std::to_string(threads - 1) + (threads == 2 ? " thread" : " threads") +
         " running; workers cannot be forked from it";
}

std::optional<std::string> InheritedState::restore(const std::string& origin) const {
  reset_signals();
  ::umask(umask_);
  if (identity_of(socket_) != socket_identity_ || identity_of(folder_.get()) != folder_identity_) {
    return origin + " closed or replaced descriptors that are not its own";
  }
  if (::fchdir(folder_.get()) != 0) {
    return "after " + origin +
           " the working directory cannot be restored: " + base::error_text(errno);
  }
  return complaint_about_threads(origin);
}

}  // namespace forkmap::process
