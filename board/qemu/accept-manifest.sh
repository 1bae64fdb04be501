#!/bin/sh
# Makes the manifest of the image that was just built the expected one. Versions change with every update of the
# distribution and are not compared, so they are not kept either.
set -eu

top=$(readlink -f "$(dirname "$0")/../..")
node -e '
    const { readFileSync, writeFileSync } = require("node:fs");
    const [from, to] = process.argv.slice(1);
    const manifest = { ...JSON.parse(readFileSync(from, "utf8")), versions: {} };
    writeFileSync(to, JSON.stringify(manifest, undefined, 2) + "\n");
' "${OUT:-$top/build/image}/manifest.json" "$top/app/test/image/expected-manifest.json"
cd "$top/app"
exec node node_modules/prettier/bin/prettier.cjs --log-level warn --write test/image/expected-manifest.json
