// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <forkmap/registry.hpp>
#include <string>
#include <vector>

#include "host/cli/command_line.hpp"

namespace forkmap::host {

// What plugins may be bound to.
struct BindingOptions {
  Bind bind = Bind::check;
  std::vector<std::string> global;  // libraries

  // With the options in their place.
  [[nodiscard]] LoadOptions load_options(bool in_place, bool probe) const;
  // "own"; empty for what holds if the option is not given.
  [[nodiscard]] std::string bind_text() const;
  // For a command line, each with a blank before it; empty if there are none.
  [[nodiscard]] std::string words() const;
};

void add_binding_options(CommandLine& line, BindingOptions& options);

// As the shell has them: "bind=own", "global=LIB". Throws UsageError.
void set_binding_option(BindingOptions& options, const std::string& word);

// Throws UsageError for a library that no plugin has brought. After all loads.
void check_global_libraries(const BindingOptions& options);

}  // namespace forkmap::host
