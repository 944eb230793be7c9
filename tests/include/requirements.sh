#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# requirements.sh CXX CC INCLUDE-FOLDER SOURCE-FOLDER
# What a compiler cannot do is said in one message, at the top, and not in hundreds of lines.
set -euo pipefail

cxx=$1
cc=$2
include=$3
source=$4

# must_say TEXT COMMAND...: fails, and its first error has the text, within a dozen lines.
must_say() {
  local text=$1 seen
  shift
  if seen=$("$@" -fsyntax-only -isystem "$include" 2>&1); then
    printf 'compiles: %s\n' "$*" >&2
    exit 1
  fi
  if [[ $(grep -m 1 'error' <<<"$seen") != *"$text"* || $(wc -l <<<"$seen") -gt 12 ]]; then
    printf 'command:  %s\nexpected: %s\nseen:\n%s\n' "$*" "$text" "$seen" >&2
    exit 1
  fi
}

for file in "$source/tests/include/rejected.cpp" "$source/tests/pool/rejected_items.cpp"; do
  must_say 'forkmap needs C++20' "$cxx" -std=c++17 "$file"
  must_say 'forkmap needs exceptions' "$cxx" -std=c++20 -fno-exceptions "$file"
done
must_say 'forkmap needs C99' "$cc" -ansi "$source/tests/docs/examples/gravity.c"
must_say 'forkmap needs C99' "$cc" -std=c89 "$source/tests/docs/examples/gravity.c"

# That one is found by the compiler's second stage; its first error is the one that says it.
if seen=$("$cxx" -std=c++20 -fpack-struct -fsyntax-only -isystem "$include" "$source/tests/include/rejected.cpp" 2>&1); then
  printf 'compiles with -fpack-struct\n' >&2
  exit 1
fi
if [[ $(grep -m 1 'error' <<<"$seen") != *'-fpack-struct lays classes out'* ]]; then
  printf '%s\n' "$seen" >&2
  exit 1
fi
# The C interface asks C++ for nothing new.
printf '#include <forkmap/plugin.h>\n' | "$cxx" -x c++ -std=c++11 -fsyntax-only -isystem "$include" -
