// SPDX-License-Identifier: Apache-2.0
//
// How all commands describe themselves, and how their command lines are read.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "host/cli/argument_separation.hpp"

namespace CLI {
class App;
}

namespace forkmap::host {

// What stands around the list of options in `--help`.
struct HelpText {
  std::string usage;        // "forkmap list [PLUGIN...]"
  std::string description;  // what it does
  std::string examples;     // and what else there is to know; may be empty
};

// Sets the layout and the help option. To be called before options are added.
void lay_out(CLI::App& app, HelpText text);

// Separates the words and gives the rest to CLI11. Nothing if help was asked for: it has then been
// printed. Throws UsageError.
[[nodiscard]] std::optional<SeparatedLine> read_command_line(
    CLI::App& app, std::span<const std::string> arguments);

}  // namespace forkmap::host
