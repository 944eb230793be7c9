// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace forkmap::process {

// What setenv() does, for a process that may have been forked while another thread was in setenv():
// takes no lock, and looks at no string of the environment. `assignment` is "NAME=value"; it
// becomes part of the environment. To be called while the process has one thread.
void set_in_environment(char* assignment);

}  // namespace forkmap::process
