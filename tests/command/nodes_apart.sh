#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# nodes_apart.sh FORKMAP PLUGIN
#
# Three machines: network namespaces on a bridge, which mpirun reaches by a script in the place of ssh. Links are cut,
# whole machines are killed, one has another build of the plugin. Exits 77, with the reason, where that cannot be.
set -euo pipefail

forkmap=$1
plugin=$2

skip() {
  printf 'SKIPPED: %s\n' "$*"
  exit 77
}
((EUID == 0)) || skip "network namespaces want root"
for program in ip unshare mpirun mount; do command -v "$program" >/dev/null || skip "there is no $program"; done
timeout 60 env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun -n 1 true >/dev/null 2>&1 ||
  skip "no mpirun starts a program here"
[[ -x ${forkmap%/bin/forkmap}/libexec/forkmap/forkmap-courier ]] || skip "forkmap was built without MPI"

# Names of this run's own, 15 characters at most.
id=$$
bridge=fkb$id
folder=$(mktemp -d)
space() { printf 'fk%s-%s' "$id" "$1"; }
link() { printf 'fkv%s-%s' "$id" "$1"; }

processes_of() { ip netns pids "$(space "$1")" 2>/dev/null || true; }
clean() {
  local node
  for node in 1 2 3; do
    # shellcheck disable=SC2046  # numbers
    kill -KILL $(processes_of "$node") 2>/dev/null || true
    ip netns del "$(space "$node")" 2>/dev/null || true
    ip link del "$(link "$node")" 2>/dev/null || true
  done
  ip link del "$bridge" 2>/dev/null || true
  rm -rf "$folder"
}
trap clean EXIT

ip link add "$bridge" type bridge 2>/dev/null || skip "no bridge can be made here"
ip link set "$bridge" up
for node in 1 2 3; do
  ip netns add "$(space "$node")"
  ip link add "$(link "$node")" type veth peer name eth0 netns "$(space "$node")"
  ip link set "$(link "$node")" master "$bridge" up
  ip -n "$(space "$node")" addr add "10.91.$((id % 250)).$node/24" dev eth0
  ip -n "$(space "$node")" link set eth0 up
  ip -n "$(space "$node")" link set lo up
done

cp "$plugin" "$folder/work.so"
# Another file, as another build would be.
cp "$plugin" "$folder/other.so"
printf 'other' >>"$folder/other.so"

# As ssh would; on a machine that is to be stale the plugin is another one.
cat >"$folder/rsh" <<EOF
#!/bin/sh
while [ "\${1#-}" != "\$1" ]; do shift; done
node=\${1#n}
shift
cover=
if [ -e $folder/stale-\$node ]; then cover='mount --bind $folder/other.so $folder/work.so;'; fi
exec ip netns exec fk$id-\$node unshare -um sh -c "hostname n\$node; \$cover \$*"
EOF
chmod +x "$folder/rsh"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_plm_rsh_agent=$folder/rsh \
  OMPI_MCA_plm_rsh_no_tree_spawn=1 OMPI_MCA_oob_tcp_if_include=eth0 OMPI_MCA_btl_tcp_if_include=eth0

# On n1.
run() {
  ip netns exec "$(space 1)" unshare -u sh -c 'hostname n1; exec "$@"' sh \
    "$forkmap" run -j 1 --nodes n1:1,n2:1,n3:1 --node-timeout 3s "$@"
}

fail() {
  printf 'FAILED: %s\n' "$*"
  [[ -e $folder/errors ]] && cat "$folder/errors"
  exit 1
}

# until_true SECONDS COMMAND...
until_true() {
  local left=$(($1 * 20))
  shift
  until "$@"; do
    ((left-- > 0)) || return 1
    sleep 0.05
  done
}
has_output() { [[ -s $folder/out ]]; }
is_quiet() { [[ -z $(processes_of 1)$(processes_of 2)$(processes_of 3) ]]; }

for ((item = 0; item < 3000; ++item)); do echo $((item % 4)); done >"$folder/items"

# under_way WHAT BLOW WANTED_STATUS: the blow falls when results have come and half of the items is still to be read.
under_way() {
  local what=$1 blow=$2 wanted=$3 status=0 host
  rm -f "$folder/out" "$folder/pipe"
  mkfifo "$folder/pipe"
  run "$folder/work.so:sleep_ms" <"$folder/pipe" >"$folder/out" 2>"$folder/errors" &
  host=$!
  exec 7>"$folder/pipe"
  head -n 1500 "$folder/items" >&7
  until_true 120 has_output || fail "$what: no result has come"
  "$blow"
  tail -n +1501 "$folder/items" >&7 2>/dev/null || true
  exec 7>&-
  wait "$host" || status=$?
  ((status == wanted)) || fail "$what: status $status, and $wanted was expected"
  if ((wanted == 0)); then cmp -s "$folder/out" "$folder/items" || fail "$what: other results"; fi
  for node in 2 3; do ip link set "$(link "$node")" up; done
  until_true 60 is_quiet || fail "$what: processes are left: $(processes_of 1) $(processes_of 2) $(processes_of 3)"
  printf '%s: as it should be\n' "$what"
}

cut_link() { ip link set "$(link 2)" down; }
# shellcheck disable=SC2046  # numbers
kill_machine() { kill -KILL $(processes_of 3); }
# Other tests have runs as well.
kill_coordinator() {
  local process
  for process in $(processes_of 1); do
    if tr '\0' ' ' <"/proc/$process/cmdline" | grep -q "^$forkmap run"; then kill -KILL "$process"; fi
  done
}

under_way "nothing happens" true 0
under_way "the link of n2 is cut" cut_link 0
grep -q 'node n2 was lost: nothing was heard of it' "$folder/errors" || fail "that n2 was cut off is not told"
under_way "all of n3 is killed" kill_machine 0
under_way "the coordinator is killed" kill_coordinator 137

touch "$folder/stale-3"
status=0
run "$folder/work.so:sleep_ms" 1 2 3 >"$folder/out" 2>"$folder/errors" || status=$?
((status == 2)) || fail "a stale node: status $status"
grep -q '^forkmap: node n3: code of faulty: ' "$folder/errors" || fail "a stale node is not named"
[[ ! -s $folder/out ]] || fail "a stale node: something was run"
run --leave-out-stale "$folder/work.so:sleep_ms" 1 2 3 >"$folder/out" 2>"$folder/errors" || fail "a stale node was not left out"
[[ $(paste -sd' ' "$folder/out") == "1 2 3" ]] || fail "other results without the stale node"
grep -q '1 of 2 nodes were left out' "$folder/errors" || fail "that a node was left out is not told"
printf 'a stale node is named, and left out: as it should be\n'
