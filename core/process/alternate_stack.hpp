// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace forkmap::process {

// The stack on which a thread's signal handlers with SA_ONSTACK run, also when its own stack has no
// room left, if the system gives one. Below it lies a page that nobody may touch. Made by the
// thread that is to use it; a child that this thread forks has it, too, other threads have not.
class AlternateStack {
 public:
  AlternateStack();  // throws SystemError
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;
  ~AlternateStack();

 private:
  void* mapping_ = nullptr;
  std::size_t size_bytes_ = 0;
};

}  // namespace forkmap::process
