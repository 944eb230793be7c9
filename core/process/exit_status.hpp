// SPDX-License-Identifier: Apache-2.0
//
// Texts for what wait(2) says about an ended process.
#pragma once

#include <sys/wait.h>

#include <string>

namespace forkmap::process {

// "killed by SIGSEGV (segmentation fault)", "exited with status 3"; for a reserved status also what
// it stands for. `status` is what waitpid stores.
[[nodiscard]] std::string wait_status_text(int status);

// The status waitpid would store for what waitid tells in si_code and si_status.
[[nodiscard]] int wait_status_of(const siginfo_t& info) noexcept;

}  // namespace forkmap::process
