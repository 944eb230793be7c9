// SPDX-License-Identifier: Apache-2.0
#include "host/unasked_parameters.hpp"

namespace forkmap::host {

void tell_unasked(const std::vector<std::string>& names, RunJob& job) {
  if (!job.has_called()) return;
  for (const std::string& name : names) {
    job.diagnostics().say("nobody asked for parameter \"" + name +
                          "\": it has changed nothing; the documentation of the plugin says which "
                          "there are");
  }
}

}  // namespace forkmap::host
