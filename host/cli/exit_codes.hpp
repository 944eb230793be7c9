// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace forkmap::host {

// What the command ends with. A signal that ends it is raised again instead.
enum ExitCode : int {
  kSucceeded = 0,
  kItemsFailed = 1,
  kNothingRun = 2,    // wrong usage, or a plugin, function or input that cannot be had
  kCannotGoOn = 3,    // the pool broke, input could not be read on or output could not be written
  kSignalBase = 128,  // and the number of a signal, as shells show it
  kClosedPipe = 141   // the reader of standard output is gone
};

}  // namespace forkmap::host
