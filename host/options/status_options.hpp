// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace forkmap::host {

// How a run lets itself be looked at.
struct StatusOptions {
  bool no_socket = false;
};

void add_status_options(CLI::App& app, StatusOptions& options);

}  // namespace forkmap::host
