// SPDX-License-Identifier: Apache-2.0
//
// What a preload step must leave as it was: taken before the first step, restored and checked after
// each.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>

#include "core/base/process_state.hpp"

namespace forkmap::process {

// Threads of this process. Where there is no /proc: as threads_without_proc().
[[nodiscard]] std::size_t thread_count();

// 1, or 2 for any more; 0 if the system does not tell.
[[nodiscard]] std::size_t threads_without_proc() noexcept;

// "<origin> left 2 threads running; workers cannot be forked from it", or nothing if there is one
// thread.
[[nodiscard]] std::optional<std::string> complaint_about_threads(const std::string& origin);

class InheritedState {
 public:
  // Of this process, and the socket whose loss is to be noticed. Throws SystemError.
  explicit InheritedState(int socket);

  // The process as it was (core/base/process_state.hpp), but for what the system does not let it
  // put back: a hook may give up rights for all workers. Returns what makes the process unfit to
  // fork workers, said of `origin`.
  [[nodiscard]] std::optional<std::string> restore(const std::string& origin) const;

 private:
  struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(FileIdentity, FileIdentity) = default;
  };
  static FileIdentity identity_of(int fd) noexcept;

  int socket_;
  FileIdentity socket_identity_;
  base::ProcessState state_;
};

}  // namespace forkmap::process
