// SPDX-License-Identifier: Apache-2.0
#include "host/options/run_help.hpp"

namespace forkmap::host {

HelpText run_help() {
  return {
      .usage = "forkmap run [-p PLUGIN]... FUNCTION [ITEM...]",
      .description =
          "Runs a function of a plugin for each item, in worker processes, and prints the results "
          "in\n"
          "the order of the items. FUNCTION is square, arith:square, ./my.so:square, or a function "
          "of a\n"
          "source file in C++, C or Fortran, primes.cpp:smallest_factor, which is compiled first; "
          "-e gives\n"
          "an expression in its place. Items are the arguments behind it, or the lines of --input "
          "FILE, or\n"
          "the lines of standard input.",
      .examples =
          "Items\n"
          "  Arguments are taken as they are, several for each item if the function takes "
          "several.\n"
          "  Options may stand anywhere before --. What looks like a negative number is an item;\n"
          "  what else begins with - must stand behind --. Columns of a line are split at a TAB.\n"
          "  Forms: 12  -1.5  1e3  inf  nan  true  1,2,3 (an array)  and text as it is.\n"
          "\n"
          "Examples\n"
          "  forkmap run arith:square 1 2 3            1 4 9, a line each\n"
          "  forkmap run arith:hypot 3 4 5 12          two items: 5 13\n"
          "  seq 1000000 | forkmap run -p arith square > squares\n"
          "  seq 20 | forkmap run -p arith -j 2 --reduce sum --summary square\n"
          "  find . -name '*.h' -print0 | forkmap run -0 text:wc\n"
          "  forkmap run ./my.so:simulate --input cases.tsv --failures failed.jsonl --fill NA\n"
          "  forkmap run primes.cpp:smallest_factor 91 97\n"
          "  seq 10 | forkmap run -e 'i * i + 1'\n"
          "  forkmap run --shard auto --input cases --output part.{shard} ./my.so:simulate\n"
          "                                            in each task of a job array; then forkmap "
          "merge\n"
          "  forkmap run --nodes n1,n2:8 --input cases ./my.so:simulate     other machines, too\n"
          "  forkmap run -p arith --late-plugin powers cube 1 2 3      the stale registry\n"
          "\n"
          "While it runs\n"
          "  kill -USR1 PID prints what is done and what each worker does, and forkmap top shows "
          "it\n"
          "  from another terminal. Ctrl-C lets running items finish; once more stops at once.\n"
          "\n"
          "Exit status\n"
          "  0 all items succeeded, 1 some failed, 2 wrong usage or a plugin that cannot be "
          "loaded\n"
          "  (nothing was run), 3 the pool broke or results could not be written, 141 the reader "
          "of\n"
          "  standard output went away; after an interrupt, that of the signal.",
  };
}

}  // namespace forkmap::host
