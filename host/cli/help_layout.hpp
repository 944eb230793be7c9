// SPDX-License-Identifier: Apache-2.0
//
// How all commands describe themselves.
#pragma once

#include <memory>
#include <string>

namespace CLI {
class FormatterBase;
}

namespace forkmap::host {

// What stands around the list of options in `--help`.
struct HelpText {
  std::string usage;        // "forkmap list [PLUGIN...]"
  std::string description;  // what it does
  std::string examples;     // and what else there is to know; may be empty
};

[[nodiscard]] std::shared_ptr<CLI::FormatterBase> help_layout(HelpText text);

}  // namespace forkmap::host
