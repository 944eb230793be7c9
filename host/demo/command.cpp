// SPDX-License-Identifier: Apache-2.0
#include "host/demo/command.hpp"

#include <csignal>

#include "host/cli/command_line.hpp"
#include "host/cli/exit_codes.hpp"
#include "host/demo/files.hpp"
#include "host/demo/headers.hpp"
#include "host/demo/lesson.hpp"

namespace forkmap::host {

namespace {

HelpText demo_help() {
  return {
      .usage = "forkmap demo [FOLDER...]",
      .description =
          "Plays the lesson: the serial map, the pool map, the workers' pids and shares, the "
          "stale\n"
          "registry and its cures; then counts lines, words and bytes of every file below the\n"
          "compiler's include folders (or the folders given), kills a worker half-way, and "
          "compares\n"
          "with wc. Everything shown is computed on the spot.",
      .examples =
          "Exit status\n"
          "  0 if everything that is claimed was so, else 1.",
  };
}

}  // namespace

int demo_command(Arguments arguments) {
  CommandLine command_line(demo_help());
  const auto line = command_line.read(arguments);
  if (!line) return kSucceeded;
  // The parent may ignore SIGCHLD, and then no child can be waited for.
  ::signal(SIGCHLD, SIG_DFL);
  DemoStage stage;
  play_maps(stage);
  play_pids(stage);
  play_shares(stage);
  play_stale_registry(stage);
  play_headers(stage, line->words.empty() ? compiler_include_folders() : line->words);
  stage.say("");
  stage.say(stage.all_held() ? "Everything held."
                             : std::to_string(stage.failures()) + " claims did not hold.");
  return stage.all_held() ? kSucceeded : kItemsFailed;
}

}  // namespace forkmap::host
