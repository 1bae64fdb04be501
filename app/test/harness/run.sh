#!/bin/sh
# Runs something of the lab in a private world: own network, mounts and processes, made by unshare(1).
#
#   run.sh lab                 the three machines, host to ENF, shown step by step (lab.ts)
#   run.sh netns [ARGUMENT...] the namespace tests; arguments go to mocha
#   run.sh bench [ARGUMENT...] the benchmark (test/bench/bench.ts)
#   run.sh bench-edge [ARGUMENT...] uploads into a slow card (test/bench/slow-card.ts)
#   run.sh exec COMMAND...     any command, for example a shell
#
# The kernel removes that world with its first process, and that process dies with this script, whatever
# ends it: nothing of the machine changes and nothing needs cleaning. Needs root, or sudo without a terminal
# prompt in the way. NODE names the node program, TOOLS the folder of setup/debian-tools.sh.
set -eu

here=$(dirname "$(readlink -f "$0")")
app=$(readlink -f "$here/../..")
NODE=$(command -v "${NODE:-node}") || {
    echo 'run.sh: no node program found; set NODE' >&2
    exit 1
}
TOOLS=${TOOLS:-$app/../build/tools}
LAB_LOGS=${LAB_LOGS:-$app/../build/lab}
export NODE TOOLS LAB_LOGS

usage() {
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2
    exit 2
}

case ${1:-} in
lab | netns | bench | bench-edge | exec) ;;
-h | --help) usage 2>&1 ;;
*) usage ;;
esac

[ -d "$TOOLS/bin" ] || {
    echo "run.sh: no test tools in $TOOLS: run app/setup/debian-tools.sh first, or make" >&2
    exit 1
}

# Made before sudo: its owner can remove what root writes into it.
mkdir -p "$LAB_LOGS"
rm -f "$LAB_LOGS"/*.log

if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
        echo 'run.sh: network namespaces need root, and there is no sudo' >&2
        exit 1
    }
    # sudo drops the environment, and may not be allowed to keep it: hand over what the lab reads.
    set -- "$here/run.sh" "$@"
    for name in NODE TOOLS LAB_LOGS LINK UNDERLAY OFFLOAD HOST_CLIENT SHELL_NS KEEP REF REF_ETHERNET PAIRS SECONDS_PER_RUN \
        FLOOD_SECONDS OUTAGE_SECONDS ENFTUN_LOG TUNTAP2_ADDON PROGRAMS TEST_SUMMARY SHARD TERM CI PATIENCE TRANSFER_ROUNDS TRANSFER_MIB \
        DEAD_ADDRESSES CASES PERIODS SHARE ROUNDS UPLINK_RATE; do
        eval "value=\${$name-}"
        [ -z "$value" ] || set -- "$name=$value" "$@"
    done
    exec sudo -- env PATH="$PATH" "$@"
fi

mode=$1
shift
cd "$app"
case $mode in
lab) set -- "$NODE" --import tsx --conditions=source demo/lab.ts "$@" ;;
netns) set -- "$NODE" node_modules/mocha/bin/mocha.js --config test/netns/.mocharc.cjs "$@" ;;
bench) set -- "$NODE" --import tsx --conditions=source test/bench/bench.ts "$@" ;;
bench-edge) set -- "$NODE" --import tsx --conditions=source test/bench/slow-card.ts "$@" ;;
exec) [ $# -gt 0 ] || usage ;;
esac

# A background command of a shell without job control reads from /dev/null; keep the terminal for it.
exec 3<&0
setpriv --pdeathsig KILL unshare --net --mount --pid --fork --kill-child --mount-proc \
    "$here/world.sh" "$@" <&3 3<&- &
world=$!
trap 'kill -KILL $world 2>/dev/null || :; exit 130' INT
trap 'kill -KILL $world 2>/dev/null || :; exit 143' TERM HUP
status=0
wait $world || status=$?
exit $status
