// SPDX-License-Identifier: Apache-2.0
#include "host/run/loop.hpp"

namespace forkmap::host {

void run_loop(RunParts& run) {
  for (;;) {
    run.attend();
    switch (run.take()) {
      case RunParts::Taken::outcomes:
        continue;
      case RunParts::Taken::end:
        return;
      case RunParts::Taken::nothing:
        break;
    }
    run.write();
    // The step of the pool may have brought what has to be attended to, though nothing to take.
    run.attend();
    if (!run.is_ready()) run.sleep();
  }
}

}  // namespace forkmap::host
