// SPDX-License-Identifier: Apache-2.0
#include "host/options/status_options.hpp"

#include <CLI/CLI.hpp>

namespace forkmap::host {

void add_status_options(CLI::App& app, StatusOptions& options) {
  app.add_flag("--no-status", options.no_socket,
               "Open no status socket, so that forkmap top does not find the run")
      ->group("Reports (on standard error)");
}

}  // namespace forkmap::host
