#!/bin/sh
# Runs the tests of this package on each supported Node.js.
#
#   node-versions.sh [VERSION...]      default: 20 22 24
set -eu

package=$(dirname "$(dirname "$(readlink -f "$0")")")
[ $# -gt 0 ] || set -- 20 22 24
for version; do
    node=$("$package/../../setup/node-version.sh" "$version")
    echo "Node.js $("$node" --version)"
    "$package/test/run.sh" "$node"
done
