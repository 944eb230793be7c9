// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "host/run_job.hpp"

namespace forkmap::host {

// After a run and its stop hooks: a notice for each of `names`, the parameters that no function and
// no hook has asked for. Nothing if the function was not called for any item: it could not ask.
void tell_unasked(const std::vector<std::string>& names, RunJob& job);

}  // namespace forkmap::host
