// SPDX-License-Identifier: Apache-2.0
//
// Signal dispositions and masks of forkmap's own processes.
#pragma once

#include <csignal>

namespace forkmap::process {

// Blocks every signal of this thread for its life: around fork(), so that no handler of the host
// runs in the child before reset_signals().
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() noexcept;
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked();

 private:
  sigset_t before_;
};

// In a fresh child, which has no timer that sends one (fork() passes none on): every signal's
// default disposition, and an empty mask. But SIGPIPE and
// SIGXFSZ that are ignored stay so, as whoever started the host wanted it; and SIGPIPE that is not
// is caught: what a function prints when nobody reads it is lost, and costs no item. Programs that
// a function starts find the default.
void reset_signals() noexcept;

}  // namespace forkmap::process
