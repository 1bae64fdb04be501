#!/bin/sh
# Runs the tests of a package on each supported Node.js.
#
#   test-node-versions.sh PACKAGE [VERSION...]      default: 20 22 24
set -eu

packages=$(dirname "$(readlink -f "$0")")
package=$1
shift
[ $# -gt 0 ] || set -- 20 22 24
for version; do
    node=$("$packages/../setup/node-version.sh" "$version")
    echo "Node.js $("$node" --version)"
    "$packages/run-tests.sh" "$package" "$node"
done
