#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# nodes_slurm.sh FORKMAP PLUGINS
#
# A Slurm of its own: two machines, which are two daemons here. What docs/cluster.md shows runs in it: an array of
# shards, shards of one step, one run over an allocation; a machine is killed, a run is interrupted and goes on. Exits
# 77, with the reason, where that cannot be.
set -euo pipefail

forkmap=$1
plugins=$2

skip() {
  printf 'SKIPPED: %s\n' "$*"
  exit 77
}
((EUID == 0)) || skip "the daemons of Slurm want root"
PATH=$PATH:/usr/sbin
for program in munged slurmctld slurmd sbatch srun sinfo unshare mpirun; do
  command -v "$program" >/dev/null || skip "there is no $program"
done
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
timeout 60 mpirun -n 1 true >/dev/null 2>&1 || skip "no mpirun starts a program here"
[[ -x ${forkmap%/bin/forkmap}/libexec/forkmap/forkmap-courier ]] || skip "forkmap was built without MPI"

folder=$(mktemp -d)
chmod 755 "$folder"
host=$(hostname -s)
# Names that no Slurm of somebody else has.
one=fk$$n1
two=fk$$n2
port=$((20000 + $$ % 10000 * 4))
daemons=()

clean() {
  local process
  kill -KILL "${daemons[@]}" 2>/dev/null || true
  # What they have started names the folder, in its words or its environment.
  for process in /proc/[0-9]*; do
    if [[ ${process#/proc/} != "$$" && ${process#/proc/} != "$BASHPID" ]] &&
      grep -qsF "$folder" "$process/cmdline" "$process/environ"; then
      kill -KILL "${process#/proc/}" 2>/dev/null || true
    fi
  done
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap 'clean 2>/dev/null' EXIT

fail() {
  local log
  printf 'FAILED: %s\n' "$*"
  for log in "$folder"/*.log "$folder"/*errors* "$folder"/slurm-*.out; do
    if [[ -s $log ]]; then
      printf -- '---- %s\n' "$log"
      tail -n 30 "$log"
    fi
  done
  exit 1
}
# wait_for WHAT COMMAND...
wait_for() {
  local what=$1 turn
  shift
  for ((turn = 0; turn < 1200; ++turn)); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  fail "in vain: $what"
}

# ---- the machines ------------------------------------------------------------------------------

mkdir "$folder/munge" "$folder/state"
chmod 700 "$folder/munge"
head -c 1024 /dev/urandom >"$folder/munge/key"
chmod 400 "$folder/munge/key"
munged --foreground --force --key-file="$folder/munge/key" --socket="$folder/munge.socket" \
  --pid-file="$folder/munge/pid" --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" \
  >"$folder/munged.log" 2>&1 </dev/null &
daemons+=($!)
wait_for "munged" test -S "$folder/munge.socket"

cat >"$folder/slurm.conf" <<EOF
ClusterName=forkmap$$
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool.%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1
ReturnToService=2
KillWait=5
NodeName=$one NodeHostname=$one NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=2 State=UNKNOWN
NodeName=$two NodeHostname=$two NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=2 State=UNKNOWN
PartitionName=main Nodes=$one,$two Default=YES MaxTime=INFINITE State=UP
EOF
export SLURM_CONF=$folder/slurm.conf
slurmctld -D -i >"$folder/slurmctld.log" 2>&1 </dev/null &
daemons+=($!)
start_machine() {
  mkdir -p "$folder/spool.$1"
  # shellcheck disable=SC2016  # the inner shell's
  unshare --uts sh -c 'hostname "$1" && exec slurmd -D -N "$1"' sh "$1" >>"$folder/$1.log" 2>&1 </dev/null &
  daemons+=($!)
}
start_machine "$one"
start_machine "$two"
nodes_are_idle() { [[ $(sinfo --noheader --format '%D %t') == "2 idle" ]]; }
wait_for "two idle machines" nodes_are_idle
cd "$folder"

# ---- what one machine gives --------------------------------------------------------------------

seq 1 40000 >items
"$forkmap" run --input items "$plugins/arith.so:square" >expected
is_as_expected() { cmp -s expected "$1" || fail "$1 is not what one machine gives"; }

# ---- shards ------------------------------------------------------------------------------------

cat >job <<EOF
#!/bin/bash
exec $forkmap run --shard auto --input items --output 'part.{shard}' $plugins/arith.so:square 2>>errors.array
EOF
sbatch --quiet --export=ALL --array=1-3 job
parts_are_done() { "$forkmap" merge --overwrite --output merged part.1 part.2 part.3; }
wait_for "an array of three shards" parts_are_done
is_as_expected merged
rm -f part.* merged*

srun --quiet -N 2 -n 4 "$forkmap" run --shard auto --input items --output 'part.{shard}' \
  "$plugins/arith.so:square" 2>errors.step || fail "shards of a step"
"$forkmap" merge --output merged part.? 2>errors.merge || fail "the merge of a step"
is_as_expected merged

srun --quiet -N 2 -n 2 "$forkmap" run --input items --output same "$plugins/arith.so:square" 2>errors.copies &&
  fail "copies of a run have written one file"
grep -q -- '--shard auto' errors.copies || fail "copies of a run are not told of --shard"

# ---- one run over an allocation ----------------------------------------------------------------

on_two() { salloc --quiet --no-kill -N 2 srun --quiet --nodes 1 --ntasks 1 --nodelist "$one" "$@"; }
sleep_ms=$plugins/../tests/plugins/faulty.so:sleep_ms
seq 1 60 | sed 's/.*/20/' >short
on_two "$forkmap" run --nodes slurm -j 1 --chunk 1 --input short --joblog log "$sleep_ms" >out 2>errors.allocation ||
  fail "a run over an allocation"
cmp -s short out || fail "a run over an allocation gives something else"
[[ $(cut -f 2 log | sort -u | tr "\n" " ") == ": Host $two " ]] || fail "the items have not run on both machines"

# A machine is lost: its daemon, and all that this has started.
has_agent() {
  local process
  for process in $(pgrep -f '^[^ ]*forkmap agent '); do
    if grep -qsz "^SLURMD_NODENAME=$1$" "/proc/$process/environ"; then return; fi
  done
  return 1
}
kill_machine() {
  local process words
  for process in /proc/[0-9]*; do
    words=$(tr '\0' ' ' 2>/dev/null <"$process/cmdline") || continue
    if [[ $words =~ slurmd\ -D\ -N\ $1 ]] || grep -qsz "^SLURMD_NODENAME=$1$" "$process/environ"; then
      kill -KILL "${process#/proc/}" 2>/dev/null || true
    fi
  done
}
# Each machine needs seconds for it.
seq 1 600 | sed 's/.*/20/' >slow
on_two "$forkmap" run --nodes slurm -j 2 --node-timeout 3s --input slow "$sleep_ms" >out 2>errors.lost &
run=$!
wait_for "an agent" has_agent "$two"
sleep 1
begun=$SECONDS
kill_machine "$two"
wait "$run" || fail "the run has not outlived a machine"
printf 'a machine was killed: the run ended %d s later\n' $((SECONDS - begun))
cmp -s slow out || fail "results are lost with a machine"
grep -q "node $two was lost" errors.lost || fail "the loss of a machine is not told"

# ---- the limit of time -------------------------------------------------------------------------

scontrol update nodename=$two state=down reason=killed 2>/dev/null || true
start_machine "$two"
wait_for "two idle machines" nodes_are_idle
cat >job <<EOF
#!/bin/bash
#SBATCH -N 2 --ntasks-per-node=1 --cpus-per-task=2 --no-kill
exec $forkmap run --nodes slurm --input slow --output result --resume $sleep_ms 2>>errors.resumed
EOF
first=$(sbatch --parsable --export=ALL job)
has_results() { [[ $(wc -l <result) -ge 20 ]]; }
wait_for "the first results of a job" has_results
scancel --batch --signal=INT "$first"
has_ended() { ! squeue --noheader --jobs "$1" --states all 2>/dev/null | grep -qE ' (R|CG|PD) '; }
wait_for "the end of an interrupted job" has_ended "$first"
cmp -s slow result && fail "the interrupted run has done everything"
second=$(sbatch --parsable --export=ALL job)
wait_for "the end of a resumed job" has_ended "$second"
cmp -s slow result || fail "a job that was submitted again has other results"
grep -q SIGINT errors.resumed || fail "the interrupt is not told"
printf 'all is well after %d s\n' $SECONDS
