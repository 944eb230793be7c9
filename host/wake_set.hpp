// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/unique_fd.hpp"

namespace forkmap::host {

// Several descriptors as one that is readable when any of them is ready. A descriptor that cannot
// be waited for (a regular file, /dev/null) counts as ready.
class WakeSet {
 public:
  WakeSet();  // throws SystemError

  struct Wanted {
    int fd;
    bool to_write;
    friend bool operator==(const Wanted&, const Wanted&) = default;
  };
  // What is waited for from now on, besides what was added for good; descriptors of -1 are left
  // out. False if one of them is ready already and cannot be waited for.
  [[nodiscard]] bool wait_for(std::vector<Wanted> wanted);
  // Waited for always, to read.
  void add(int fd);

  [[nodiscard]] int fd() const noexcept { return epoll_.get(); }

 private:
  base::UniqueFd epoll_;
  std::vector<Wanted> wanted_;
};

}  // namespace forkmap::host
