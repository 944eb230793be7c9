// SPDX-License-Identifier: Apache-2.0
//
// How many threads libraries may start in a worker. It does not follow from the number of workers:
// with another number of threads some of them round otherwise.
#pragma once

#include "host/cli/diagnostics.hpp"
#include "host/journal/header.hpp"
#include "host/options/run_options.hpp"

namespace forkmap::host {

// Tells the libraries, which are not loaded yet: the variables that the user has set win, then
// --threads, then what the journal of a resumed run says, then 1. Returns what a journal is to say:
// "threads", and those variables.
[[nodiscard]] JournalFacts settle_threads(const RunOptions& options, Diagnostics& diagnostics);

// Once the plugins are loaded: a library that could use idle cores, and what lets it.
void tell_of_idle_cores(const RunOptions& options, const JournalFacts& threads,
                        Diagnostics& diagnostics);

}  // namespace forkmap::host
