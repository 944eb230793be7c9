#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# installed_lesson.sh BUILD-FOLDER OWN-FOLDER LESSON-FOLDER CMAKE CXX SANITIZE
# Installs the build, copies the lesson away from the sources, builds and runs it there.
set -euo pipefail

build=$1
own=$2
lesson=$3
cmake=$4
cxx=$5
sanitize=$6
work=$(mktemp -d "$own/lesson-XXXXXX")
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work/installed" >"$work/log"
cp -r "$lesson" "$work/lesson"
flags=()
if [[ $sanitize == address ]]; then flags=("-fsanitize=address,undefined"); fi
{
  "$cmake" -S "$work/lesson" -B "$work/build" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" \
    -DCMAKE_PREFIX_PATH="$work/installed" -DCMAKE_CXX_FLAGS="${flags[*]-}"
  "$cmake" --build "$work/build"
} >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }

# must_print WANTED STATUS COMMAND...
must_print() {
  local wanted=$1 wanted_status=$2 seen status=0
  shift 2
  seen=$("$@") || status=$?
  if [[ $status != "$wanted_status" || $seen != *"$wanted"* ]]; then
    printf 'command:  %s\nstatus:   %s\nexpected: %q\nseen:     %q\n' "$*" "$status" "$wanted" "$seen" >&2
    exit 1
  fi
}
must_print $'[1, 4, 9, 16, 25]\n[1, 4, 9, 16, 25]' 0 "$work/build/pool"
must_print 'The sum of the square of the first 20 integers is 2870' 0 "$work/build/pool_pids" 3
must_print 'StaleRegistry' 1 "$work/build/broken_pool"
must_print 'Cube result: [1, 8, 27, 64, 125]' 0 "$work/build/two_pools"
must_print 'collect()' 0 "$work/build/late_results"
for scenario in "$work"/lesson/*.forkmap; do
  must_print 'generation 1: plugin arith' 0 env -u FORKMAP_PLUGIN_PATH "$work/installed/bin/forkmap" shell "$scenario"
done
