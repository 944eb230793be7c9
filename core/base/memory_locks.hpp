// SPDX-License-Identifier: Apache-2.0
//
// mlockall(MCL_FUTURE), by a program of real time or by a plugin: each new mapping is then filled
// as it is made. A lane has gibibytes of addresses of which few are ever used.
#pragma once

namespace forkmap::base {

// Whether a new mapping of this process is filled and locked at once.
[[nodiscard]] bool fills_new_memory() noexcept;

// While it lives, new mappings are not filled, if they were before. Other threads should map
// nothing meanwhile: what they map is locked page by page, as it is used.
class FillsNoMemory {
 public:
  FillsNoMemory() noexcept;
  ~FillsNoMemory();
  FillsNoMemory(const FillsNoMemory&) = delete;
  FillsNoMemory& operator=(const FillsNoMemory&) = delete;

 private:
  bool filled_;
};

}  // namespace forkmap::base
