#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The bench measures, writes what it measured, and says by its exit status how that was.
#   bench_run.sh FORKMAP-BENCH
set -euo pipefail

bench=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
  printf 'bench_run: %s\n' "$1" >&2
  exit 1
}

# exits STATUS OPTION...
exits() {
  local wanted=$1 status=0
  shift
  "$bench" "$@" >"$folder/out" 2>"$folder/err" || status=$?
  [[ $status == "$wanted" ]] || fail "$* gave $status instead of $wanted: $(cat "$folder/out" "$folder/err")"
}

exits 0 --quick --rounds 2 --only pool-start --only rescues --check --json "$folder/report.json"
grep -q '^pool-start: ' "$folder/out" || fail "the table has no row pool-start"
grep -q '1 met, 0 missed, 0 not measured' "$folder/out" || fail "a target of the row rescues was not met"
grep -q '"name": "pool-start"' "$folder/report.json" || fail "the JSON has no row pool-start"

exits 0 --table "$folder/report.json"
grep -q '^| work | forkmap |' "$folder/out" || fail "the table for the README has no head"
exits 0 --table "$folder/report.json" --every-row
grep -q 'lost wake-ups' "$folder/out" || fail "the whole table has no row"
printf 'text\n<!-- performance table -->\n<!-- end -->\n' >"$folder/document"
exits 0 --table "$folder/report.json" --every-row --into "$folder/document"
grep -q 'lost wake-ups' "$folder/document" || fail "the table did not come into the document"

# A row that cannot be measured fails alone, and the others go on.
exits 1 --quick --rounds 1 --only text-i64 --only rescues --scratch /proc
grep -q 'FAILED: no folder for files can be made in /proc' "$folder/out" || fail "the reason is not told"
grep -q '^rescues: ' "$folder/out" || fail "the row after the failed one was not measured"

exits 2 --only no-such-row
exits 2 --no-such-option
