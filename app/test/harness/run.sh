#!/bin/sh
# Runs something of the lab in a private world: own network, mounts and processes, made by unshare(1). The only way into
# it: the targets of the Makefile call this, this calls the program.
#
#   run.sh run                     the card in QEMU, plugged into a host, step by step
#   run.sh lab                     the three machines in namespaces, host to ENF, step by step
#   run.sh netns [ARGUMENT...]     the namespace tests; arguments go to mocha
#   run.sh image [GROUP|FILE...] [ARGUMENT...]   image tests: a group of test/image/groups.list (default online), or files
#   run.sh bench|bench-edge|bench-arm [ARGUMENT...]   a benchmark of test/bench
#   run.sh exec COMMAND...         any command, for example a shell
#
# Settings come from the environment: settings.list has them all.
#
# The kernel removes that world with its first process, and that process dies with this script, whatever
# ends it: nothing of the machine changes and nothing needs cleaning. Needs root, or sudo without a terminal
# prompt in the way.
set -eu

here=$(dirname "$(readlink -f "$0")")
app=$(readlink -f "$here/../..")

fail() {
    echo "run.sh: $*" >&2
    exit 1
}

usage() {
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2
    exit 2
}

# The rows of a list, without its comments.
rows() {
    sed '/^#/d' "$1"
}

# The default of each setting that this script itself needs.
NODE=$(command -v "${NODE:-node}") || fail 'there is no node program; NODE names one'
TOOLS=${TOOLS:-$app/../build/tools}
LAB_LOGS=${LAB_LOGS:-$app/../build/lab}

mode=${1-}
[ $# = 0 ] || shift
case $mode in
run | lab | netns | image | bench | bench-edge | bench-arm) ;;
exec) [ $# -gt 0 ] || usage ;;
-h | --help) usage 2>&1 ;;
*) usage ;;
esac

# A group of image tests becomes its files.
if [ "$mode" = image ]; then
    group=online
    case ${1-} in
    *.test.ts) group= ;;
    '' | -*) ;;
    *)
        group=$1
        shift
        ;;
    esac
    if [ -n "$group" ]; then
        files=$(rows "$app/test/image/groups.list" | awk -v group="$group" '$1 == group { $1 = $2 = ""; print }')
        [ -n "$files" ] || {
            echo "run.sh: there is no group of image tests \"$group\"; the groups are:" \
                "$(rows "$app/test/image/groups.list" | cut -d ' ' -f 1 | paste -s -d ' ')" >&2
            exit 2
        }
        for name in $files; do
            set -- "$@" "test/image/$name.test.ts"
        done
        export "IMAGE_GROUP=$group"
    fi
fi

given=
while read -r name kind _; do
    case $name in '' | '#'*) continue ;; esac
    eval "value=\${$name-}"
    [ -n "$value" ] || {
        unset "$name"
        continue
    }
    case $kind:$value in path:[!/]*) value=$PWD/$value ;; esac
    export "$name=$value"
    given="$given $name"
done <"$here/settings.list"

mocha=node_modules/mocha/bin/mocha.js
case $mode in
exec) ;;
netns) set -- "$NODE" $mocha --config test/netns/.mocharc.cjs "$@" ;;
image) set -- "$NODE" $mocha --config test/image/.mocharc.json "$@" ;;
*)
    case $mode in
    run | lab) program=demo/$mode.ts ;;
    bench) program=test/bench/bench.ts ;;
    bench-edge) program=test/bench/slow-card.ts ;;
    bench-arm) program=test/bench/arm-instructions.ts ;;
    esac
    set -- "$NODE" --import tsx --conditions=source "$program" "$@"
    ;;
esac

[ -d "$TOOLS/bin" ] || fail "there are no test tools in $TOOLS: run app/setup/debian-tools.sh first, or make"

# Made before sudo: its owner can remove what root writes into it.
mkdir -p "$LAB_LOGS"
rm -f "$LAB_LOGS"/*.log

cd "$app"
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail 'network namespaces need root, and there is no sudo'
    set -- "$here/run.sh" exec "$@"
    for name in $given; do
        eval "set -- \"$name=\$$name\" \"\$@\""
    done
    exec sudo -- env PATH="$PATH" "$@"
fi

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
