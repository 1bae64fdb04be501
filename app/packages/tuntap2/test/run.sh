#!/bin/sh
# Runs all tests of this package with one Node.js, in network, mount and process namespaces of their own. Needs root,
# or sudo.
#
#   run.sh [NODE [MOCHA-ARGUMENT...]]
#
# With SANITIZED set to a sanitized build of the addon, that one is tested.
set -eu

package=$(dirname "$(dirname "$(readlink -f "$0")")")
node=${1:-node}
[ $# -eq 0 ] || shift
mocha=$package/../../node_modules/mocha/bin/mocha.js

set -- "$node" --import=tsx --conditions=source "$mocha" --no-config --timeout 300000 --reporter dot "$@" \
    "$package/test/unit/**/*.test.ts" "$package/test/netns/**/*.test.ts"
if [ -n "${SANITIZED-}" ]; then
    # Node.js itself keeps memory until its end, so the leak check says nothing here. What is freed stays in quarantine
    # only so long that the test of growth does not take it for a leak.
    set -- env LD_PRELOAD="$(g++ -print-file-name=libasan.so)" ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=4 \
        UBSAN_OPTIONS=print_stacktrace=1 TUNTAP2_ADDON="$SANITIZED" "$@"
fi
exec "$package/../../test/harness/run.sh" exec "$@"
