#!/bin/sh
# Runs the tests of what the service leaves to the TLS library of its Node.js on each supported Node.js: which
# certificates it takes, what it throws, and what it offers differ from one version to the next.
#
#   node-versions.sh [VERSION...]      default: 20 22 24
set -eu

app=$(dirname "$(dirname "$(readlink -f "$0")")")
[ $# -gt 0 ] || set -- 20 22 24
cd "$app"
for version; do
    node=$("$app/setup/node-version.sh" "$version")
    echo "Node.js $("$node" --version), OpenSSL $("$node" -p process.versions.openssl)"
    "$node" --import=tsx --conditions=source node_modules/mocha/bin/mocha.js --no-config --timeout 60000 --reporter dot \
        'test/unit/identity/**/*.test.ts' 'test/unit/uplink/*.test.ts' test/unit/daemon/session/secure-connection.test.ts \
        test/unit/daemon/session/connect.test.ts test/unit/daemon/reload/identity-source.test.ts
done
