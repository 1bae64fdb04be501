#!/bin/sh
# Runs all tests of a package with one Node.js. Those in test/netns get network, mount and process namespaces of their
# own, and need root or sudo.
#
#   run-tests.sh PACKAGE [NODE [MOCHA-ARGUMENT...]]
#
# With SANITIZED set to a sanitized build of the package's addon, that one is tested. Its loader takes the file from
# NAME_ADDON, with the name in capitals and an underscore for each hyphen.
set -eu

packages=$(dirname "$(readlink -f "$0")")
package=$(readlink -f "$1")
node=${2:-node}
shift $(($# > 1 ? 2 : 1))
mocha=$packages/../node_modules/mocha/bin/mocha.js

set -- "$node" --import=tsx --conditions=source "$mocha" --no-config --timeout 300000 --reporter dot "$@" \
    "$package/test/unit/**/*.test.ts"
if [ -n "${SANITIZED-}" ]; then
    override=$(basename "$package" | tr a-z- A-Z_)_ADDON
    # Node.js itself keeps memory until its end, so the leak check says nothing here. What is freed stays in quarantine
    # only so long that a test of growth does not take it for a leak.
    set -- env LD_PRELOAD="$(g++ -print-file-name=libasan.so)" ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=4 \
        UBSAN_OPTIONS=print_stacktrace=1 "$override=$(readlink -f "$SANITIZED")" "$@"
fi
[ -d "$package/test/netns" ] || exec "$@"
exec "$packages/../test/harness/run.sh" exec "$@" "$package/test/netns/**/*.test.ts"
