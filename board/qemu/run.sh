#!/bin/sh
# Boots the quick image as a card that is plugged into a host (app/test/harness/qemu), in a private world of the lab.
#
#   board/qemu/run.sh              the whole path, step by step
#   board/qemu/run.sh test [GROUP|FILE...] [ARGUMENT...]   the image tests; other arguments go to mocha
#   board/qemu/run.sh instructions [--json]  instructions for each megabyte, throughput of psock
#   board/qemu/run.sh shell card|host      a shell on the running card or its host, from another window
#   board/qemu/run.sh plug                 plugs the running card into another computer, by USB over IP
#
# IMAGE=FOLDER takes another image than build/image; UPLINK=psock|wifi|wire gives the card the sockets of its host, an
# access point or a cable alone (default both: the sockets, then WiFi); KEEP=0 ends on a terminal too. Needs root or sudo.
set -eu

here=$(dirname "$(readlink -f "$0")")
app=$(readlink -f "$here/../../app")
NODE=$(command -v "${NODE:-node}")

case ${1-} in
    '') set -- --conditions=source demo/run.ts ;;
    test)
        shift
        # Each group boots cards of its own, so that two can run at a time (Makefile).
        others='uplink|gadget|power|small-memory|data-partition|psock|psock-tunnel|wifi|failover|two-cards'
        case ${1-} in
            # Tests of a card that is online; uplink.test.ts examines everything the others sent, so it runs last.
            '' | -* | online) files="!($others) uplink" ;;
            restarts) files='power small-memory data-partition' ;;
            psock) files='psock psock-tunnel' ;;
            wifi) files='wifi failover' ;;
            gadget) files=gadget ;;
            two-cards) files=two-cards ;;
            *) files= ;;
        esac
        case ${1-} in
            '' | -* | *.test.ts) ;;
            *)
                group=$1
                shift
                ;;
        esac
        for name in $files; do
            set -- "$@" "test/image/$name.test.ts"
        done
        set -- node_modules/mocha/bin/mocha.js --config test/image/.mocharc.json "$@"
        ;;
    instructions)
        shift
        set -- --conditions=source test/bench/arm-instructions.ts "$@"
        ;;
    shell)
        cd "$app"
        exec "$NODE" --import tsx --conditions=source demo/attach.ts "${2-}"
        ;;
    plug)
        cd "$app"
        exec "$NODE" --import tsx --conditions=source demo/plug.ts
        ;;
    *)
        sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2
        exit 2
        ;;
esac

# Settings go by the command line: sudo keeps no environment.
exec "$app/test/harness/run.sh" exec env "IMAGE=${IMAGE:-$app/../build/image}" "KEEP=${KEEP-}" "UPLINK=${UPLINK-}" "TEST_SUMMARY=${TEST_SUMMARY-}" "IMAGE_GROUP=${group-}" \
    "CI=${CI-}" "PATIENCE=${PATIENCE:-4}" "POWER_CUTS=${POWER_CUTS:-10}" "PSOCK_MEGABYTES=${PSOCK_MEGABYTES:-8}" "$NODE" --import tsx "$@"
