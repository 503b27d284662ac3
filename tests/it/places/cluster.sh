#!/bin/bash
# A Slurm cluster on this machine alone, for as long as standard input stays open.
#
#   cluster.sh FOLDER NODES PORT     needs root, munged, slurmctld, slurmd; takes PORT and the NODES + 1 ports after it
#
# Says `ready`, or why not. FOLDER/slurm.conf is the SLURM_CONF of its users; FOLDER/n1.pid is the daemon of node n1.
set -u
folder=$1 nodes=$2 port=$3
export SLURM_CONF=$folder/slurm.conf PATH=$PATH:/usr/sbin:/sbin
started=()
ulimit -c 0

give_up() { echo "$*"; exit 1; }
# daemon NAME COMMAND...: in the foreground of a job of its own, its pid in a file
daemon() {
    local name=$1
    shift
    "$@" </dev/null >"$folder/$name.out" 2>&1 &
    started+=($!)
    echo $! >"$folder/$name.pid"
}
# within SECONDS COMMAND...
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}
all_idle() { [ "$(sinfo -h -N -o %T | grep -c '^idle$')" = "$nodes" ]; }
trap 'scancel -u "$(id -u)" 2>/dev/null; kill -9 "${started[@]}" 2>/dev/null; wait 2>/dev/null' EXIT

[ "$(id -u)" = 0 ] || give_up "a cluster needs root"
for program in munged slurmctld slurmd sbatch; do
    command -v $program >/dev/null || give_up "$program is not installed"
done
mkdir -p "$folder"/munge "$folder"/state "$folder"/spool
chmod 755 "$folder" "$folder/munge"
(umask 077 && head -c 256 /dev/urandom >"$folder/munge/key")
cat >"$SLURM_CONF" <<END
ClusterName=story
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/slurmctld.own
SlurmdPidFile=$folder/%n.own
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
SlurmdTimeout=6
MessageTimeout=4
SlurmctldTimeout=30
KillWait=5
NodeName=n[1-$nodes] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + nodes))] CPUs=40 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=60 State=UP
END
daemon munged munged --foreground --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" \
    --pid-file="$folder/munge/pid" --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"
within 10 munge -n -S "$folder/munge/socket" || give_up "munged does not answer: $(cat "$folder/munged.out")"
daemon slurmctld slurmctld -D
for node in $(seq "$nodes"); do daemon "n$node" slurmd -D -N "n$node"; done
within 20 all_idle || give_up "the nodes do not come up: $(tail -n 3 "$folder"/*.out)"
echo ready
cat >/dev/null
