// SPDX-License-Identifier: Apache-2.0
//
// How many threads libraries may start in a worker. It does not follow from the number of workers:
// with another number of threads some of them round otherwise.
#pragma once

#include "host/cli/diagnostics.hpp"
#include "host/journal/header.hpp"
#include "host/options/output_options.hpp"

namespace forkmap::host {

// Tells the libraries, which are not loaded yet: the variables that the user has set win, then
// --threads, then what the journal of a resumed run says, then 1. Returns what a journal is to say:
// "threads", and those variables.
// `asked`: by --threads; 0: nothing was said.
[[nodiscard]] JournalFacts settle_threads(int asked, const OutputOptions& journal,
                                          Diagnostics& diagnostics);

// Once the plugins are loaded: a library that could use idle cores, and what lets it.
// `workers`: of the run; 0: as many as there are usable cores.
void tell_of_idle_cores(int asked, int workers, const JournalFacts& threads,
                        Diagnostics& diagnostics);

}  // namespace forkmap::host
