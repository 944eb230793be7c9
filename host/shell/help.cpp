// SPDX-License-Identifier: Apache-2.0
#include "host/shell/help.hpp"

namespace forkmap::host {

std::string shell_statements() {
  return "load PLUGIN [bind=own|any] [global=LIB]\n"
         "                               a name or a file; raises the registry's generation\n"
         "pool NAME [workers=N] [on-stale=refork] [retries=N] [recycle=N] [seed=N] [once]\n"
         "          [window-bytes=N] [param=KEY=VALUE]\n"
         "                               forks workers from the registry as it is now\n"
         "map NAME FUNCTION ITEMS        ITEMS: 1..5 or 1 2 3 or \"a b\" c\n"
         "start NAME FUNCTION ITEMS      the same, not waited for ...\n"
         "collect NAME                   ... until this; what was started first comes first\n"
         "serial FUNCTION ITEMS          in this process\n"
         "reduce NAME OP FUNCTION ITEMS  OP: sum min max count mean\n"
         "kill NAME worker K [SIGNAL]    K as workers shows it; SIGKILL if nothing is said\n"
         "refork NAME                    new workers from the registry as it is now\n"
         "resize NAME N                  another number of workers\n"
         "close NAME                     the pool ends\n"
         "workers NAME                   pid, generation, state, items done, respawns\n"
         "lanes NAME                     cells by state, items taken\n"
         "registry                       plugins, functions, generations\n"
         "sleep MS                       pools go on meanwhile\n"
         "!COMMAND                       a command of the system's shell\n"
         "expect [1, 4, 9]               about the statement before, in a script: its results ...\n"
         "expect ERROR-KIND on N items   ... its errors, as in: expect StaleRegistry on 3 items\n"
         "expect generation G            ... the generation of its pool or registry\n"
         "expect text \"...\"              ... a part of what it said, also of its error\n"
         "quit                           or the end of the input; # begins a comment\n";
}

HelpText shell_help() {
  return {
      .usage = "forkmap shell [FILE]",
      .description =
          "Runs the statements of a file, or of standard input (no FILE, or -), one a line: loads\n"
          "plugins, makes pools, maps functions, kills workers, and checks what is expected of "
          "them.\n"
          "On a terminal it prompts, and Ctrl-C ends the map that runs.",
      .examples =
          "Statements\n  " +
          [] {
            std::string text = shell_statements();
            for (std::size_t at = text.find('\n'); at + 1 < text.size();
                 at = text.find('\n', at + 1)) {
              text.insert(at + 1, "  ");
            }
            return text;
          }() +
          "\nExample\n"
          "  load arith\n"
          "  pool p workers=2\n"
          "  map p square 1..5\n"
          "  expect [1, 4, 9, 16, 25]\n"
          "  load powers\n"
          "  map p cube 1..3\n"
          "  expect StaleRegistry on 3 items\n"
          "\n"
          "Exit status\n"
          "  0 everything was as expected, 1 an expectation failed, 2 a statement was wrong.",
  };
}

}  // namespace forkmap::host
