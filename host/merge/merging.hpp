// SPDX-License-Identifier: Apache-2.0
//
// What becomes of the parts: item n of the whole run, from 0, is the next one of part n mod N.
#pragma once

#include <string>

#include "host/cli/signal_watch.hpp"
#include "host/merge/merged_file.hpp"
#include "host/merge/parts.hpp"
#include "host/output/accumulator.hpp"

namespace forkmap::host {

// A signal that ends the merge has come.
struct Interrupted {
  int signal;
};

// The results of all parts in the order of the items, or, of runs that were not ordered, part after
// part. Throws UsageError, SystemError, Interrupted.
void merge_results(const ShardedRun& run, MergedFile& out, SignalWatch& signals);

// The same of their failures.
void merge_failures(const ShardedRun& run, MergedFile& out, SignalWatch& signals);

// What the reductions of all parts come to. Throws UsageError.
[[nodiscard]] Accumulator merged_reduction(const ShardedRun& run);

}  // namespace forkmap::host
