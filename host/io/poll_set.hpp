// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/unique_fd.hpp"

namespace forkmap::host {

// Several descriptors as one that is readable when any of them is ready. A descriptor that cannot
// be waited for (a regular file, /dev/null) counts as ready. What is waited for may change while
// somebody sleeps on fd(): a descriptor that is ready then wakes them.
class PollSet {
 public:
  PollSet();  // throws SystemError

  struct Wanted {
    int fd;
    bool to_write;
    friend bool operator==(const Wanted&, const Wanted&) = default;
  };
  // What is waited for from now on, besides what was added for good; descriptors of -1 are left
  // out.
  void wait_for(std::vector<Wanted> wanted);
  // This one, too, until the next wait_for().
  void wait_also_for(Wanted wanted);
  // Waited for always, to read.
  void add(int fd);

  [[nodiscard]] int fd() const noexcept { return epoll_.get(); }

 private:
  void watch(const Wanted& wanted);
  void be_ready();

  base::UniqueFd epoll_;
  base::UniqueFd ready_;  // readable, and watched while something counts as ready
  bool is_ready_ = false;
  std::vector<Wanted> wanted_;
};

}  // namespace forkmap::host
