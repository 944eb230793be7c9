#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install_test.sh BUILD-FOLDER OWN-FOLDER CMAKE CXX SANITIZE
# Installs the build, then builds and runs two projects that know nothing but the installed tree.
set -euo pipefail

build=$1
own=$2
cmake=$3
cxx=$4
sanitize=$5
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "$own/install-XXXXXX")
trap 'rm -rf "$work"' EXIT

# must_print WANTED COMMAND...: exit status 0 and exactly this on standard output.
must_print() {
  local wanted=$1 seen status=0
  shift
  seen=$("$@") || status=$?
  if [[ $status != 0 || $seen != "$wanted" ]]; then
    printf 'command:  %s\nstatus:   %s\nexpected: %q\nseen:     %q\n' "$*" "$status" "$wanted" "$seen" >&2
    exit 1
  fi
}

must_exist() {
  local path
  for path in "$@"; do
    if [[ ! -e $path ]]; then
      printf 'not installed: %s\n' "$path" >&2
      exit 1
    fi
  done
}

# A tree that was moved after it was installed must work too, also where there is a space in its path.
"$cmake" --install "$build" --prefix "$work/first" >"$work/log"
mv "$work/first" "$work/installed here"
installed="$work/installed here"
must_exist "$installed"/{bin/forkmap,include/forkmap/plugin.h,include/forkmap/plugin.hpp,include/forkmap/plugin.map,include/forkmap/pool.hpp} \
  "$installed"/lib/{libforkmap_pool.a,cmake/forkmap/forkmap-config.cmake,forkmap/plugins/arith.so} \
  "$installed"/share/doc/forkmap/LICENSE
# The courier is built where there is an MPI. Its source is everywhere, and is built by itself.
must_exist "$installed/share/forkmap/courier/courier.cpp"
if [[ -e $build/libexec/forkmap/forkmap-courier ]]; then
  must_exist "$installed/libexec/forkmap/forkmap-courier"
  mpicxx -O2 -std=c++20 "$installed/share/forkmap/courier/courier.cpp" -o "$work/courier"
  must_print "$("$installed/libexec/forkmap/forkmap-courier" --version)" "$work/courier" --version
fi
if grep -rlF "$build" "$installed/lib/cmake" "$installed/include"; then
  printf 'the files above name the build folder\n' >&2
  exit 1
fi

# The command finds the installed plugins beside itself.
must_print $'1\n4\n9' env -u FORKMAP_PLUGIN_PATH "$installed/bin/forkmap" run arith:square 1 2 3

flags=()
if [[ $sanitize == address ]]; then flags=("-fsanitize=address,undefined"); fi
build_project() {
  "$cmake" -S "$here/$1" -B "$work/$1" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$cxx" \
    -DCMAKE_PREFIX_PATH="$installed" -DCMAKE_CXX_FLAGS="${flags[*]-}"
  "$cmake" --build "$work/$1"
}
build_project plugin_project >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
build_project embedding_project >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }

plugin=$work/plugin_project/temperature.so
must_print $'32\n212' "$installed/bin/forkmap" run "$plugin:fahrenheit" 0 100
must_print $'32\n212' env FORKMAP_PLUGIN_PATH="$work/plugin_project" "$installed/bin/forkmap" run -p temperature fahrenheit 0 100
must_print $'1 4 9\n32 212' "$work/embedding_project/embedding" "$plugin"

# A plugin project may say where the command is, too: the package exports it.
must_print "$installed/bin/forkmap" cat "$work/plugin_project/command.txt"

# The flags go through a shell that splits at spaces.
cat >"$work/half.cpp" <<'SOURCE'
#include <forkmap/plugin.hpp>
static double half(double x) { return x / 2; }
FORKMAP_PLUGIN("half", "1", forkmap::function<half>("half", "Return half of it."))
SOURCE
# shellcheck disable=SC2046 # they are to be split
"$cxx" $("$installed/bin/forkmap" cflags) "${flags[@]}" -o "$work/half.so" "$work/half.cpp"
must_print 2.5 "$installed/bin/forkmap" run "$work/half.so:half" 5
