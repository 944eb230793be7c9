// SPDX-License-Identifier: Apache-2.0
//
// Parts of a ProcessState: working directory, umask, descriptors 0 to 2.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "core/base/own_status.hpp"
#include "core/base/state_parts.hpp"
#include "core/base/unique_fd.hpp"

namespace forkmap::base {

namespace {

using Outcome = StateChange::Outcome;

bool same_file(const struct stat& left, const struct stat& right) noexcept {
  return left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

// What was open as `fd`; UniqueFd of -1 if it was closed or there is no descriptor left.
UniqueFd kept(int fd) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
  return copy ? moved_high(std::move(copy)) : UniqueFd();
}

class Folder final : public StatePart {
 public:
  Folder() : folder_(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    if (!folder_) return;
    folder_ = moved_high(std::move(folder_));
    ::fstat(folder_.get(), &before_);
  }
  void restore(StateChanges& changes) const override {
    struct stat now{};
    if (!folder_ || (::stat(".", &now) == 0 && same_file(now, before_))) return;
    // The number of our descriptor may be another file's by now.
    const bool is_ours = ::fstat(folder_.get(), &now) == 0 && same_file(now, before_);
    const bool is_back = is_ours && ::fchdir(folder_.get()) == 0;
    changes.push_back({"the working directory", is_back ? Outcome::put_back : Outcome::lost});
  }

 private:
  UniqueFd folder_;  // none: the working directory cannot be opened
  struct stat before_{};
};

class Umask final : public StatePart {
 public:
  void restore(StateChanges& changes) const override {
    if (current_umask() == before_) return;
    ::umask(before_);
    changes.push_back({"the umask"});
  }

 private:
  mode_t before_ = current_umask();
};

class StandardDescriptors final : public StatePart {
 public:
  StandardDescriptors() {
    for (int fd = 0; fd < static_cast<int>(all_.size()); ++fd) {
      Descriptor& each = all_[static_cast<std::size_t>(fd)];
      each.is_open = ::fstat(fd, &each.file) == 0;
      if (!each.is_open) continue;
      each.flags = ::fcntl(fd, F_GETFL);
      each.descriptor_flags = ::fcntl(fd, F_GETFD);
      each.copy = kept(fd);
    }
  }
  void restore(StateChanges& changes) const override {
    for (int fd = 0; fd < static_cast<int>(all_.size()); ++fd) {
      const Descriptor& before = all_[static_cast<std::size_t>(fd)];
      struct stat now{};
      const bool is_open = ::fstat(fd, &now) == 0;
      // What was closed before and is open now is the library's.
      if (!before.is_open) continue;
      const bool is_same = is_open && same_file(now, before.file);
      const bool has_flags = is_same && ::fcntl(fd, F_GETFL) == before.flags &&
                             ::fcntl(fd, F_GETFD) == before.descriptor_flags;
      if (has_flags) continue;
      const bool is_back = put_back(fd, before, is_same);
      changes.push_back(
          {"descriptor " + std::to_string(fd), is_back ? Outcome::put_back : Outcome::lost});
    }
  }

 private:
  struct Descriptor {
    bool is_open = false;
    struct stat file{};
    int flags = 0;
    int descriptor_flags = 0;
    UniqueFd copy;
  };
  std::array<Descriptor, 3> all_;

  static bool put_back(int fd, const Descriptor& before, bool is_same) noexcept {
    if (!is_same) {
      struct stat copy{};
      const bool is_ours = ::fstat(before.copy.get(), &copy) == 0 && same_file(copy, before.file);
      if (!is_ours || ::dup2(before.copy.get(), fd) < 0) return false;
    }
    // O_NONBLOCK and its like belong to the open file, which the copy shares.
    return ::fcntl(fd, F_SETFL, before.flags) == 0 &&
           ::fcntl(fd, F_SETFD, before.descriptor_flags) == 0;
  }
};

}  // namespace

mode_t current_umask() noexcept {
  constexpr int kOctal = 8;
  if (const auto told = OwnStatus().number("Umask", kOctal)) return static_cast<mode_t>(*told);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return mask;
}

StatePartPointer folder_part() { return std::make_unique<Folder>(); }
StatePartPointer umask_part() { return std::make_unique<Umask>(); }
StatePartPointer standard_descriptors_part() { return std::make_unique<StandardDescriptors>(); }

}  // namespace forkmap::base
