#!/bin/sh
# Prints the folder of a Node.js >= 20, with npm, for the build: the machine's own where it has one; else Node 22
# from the npm registry, kept below the folder given as the first argument. Progress goes to stderr.
set -eu

case "${1:-}" in
    '' | -h | --help)
        echo "usage: node.sh FOLDER   prints a folder for PATH that holds Node.js >= 20"
        exit 0
        ;;
esac
mkdir -p "$1"
kept=$(cd "$1" && pwd)
minimum=20
wanted=22

is_new_enough() {
    major=$("$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null) || return 1
    [ "$major" -ge "$minimum" ]
}

own=$(command -v node || true)
if [ -n "$own" ] && command -v npm >/dev/null && is_new_enough "$own"; then
    dirname "$own"
    exit 0
fi

if ! is_new_enough "$kept/bin/node"; then
    case "$(uname -m)" in
        x86_64) arch=x64 ;;
        aarch64) arch=arm64 ;;
        *)
            echo "no Node.js for $(uname -m) on the npm registry: install Node.js >= $minimum yourself" >&2
            exit 1
            ;;
    esac
    if ! command -v npm >/dev/null; then
        echo "installing npm from Debian" >&2
        as_root=
        [ "$(id -u)" = 0 ] || as_root=sudo
        export DEBIAN_FRONTEND=noninteractive
        $as_root apt-get -o DPkg::Lock::Timeout=300 -qq update >&2
        $as_root apt-get -o DPkg::Lock::Timeout=300 -qq -y install --no-install-recommends nodejs npm >&2
        own=$(command -v node || true)
        if [ -n "$own" ] && is_new_enough "$own"; then
            dirname "$own"
            exit 0
        fi
    fi
    echo "fetching Node.js $wanted from the npm registry" >&2
    npm install --silent --no-save --prefix "$kept" "node-linux-$arch@$wanted" >&2
    mkdir -p "$kept/bin"
    ln -sf "../node_modules/node-linux-$arch/bin/node" "$kept/bin/node"
    # npm itself must run under this Node too.
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$kept/bin/node" "$(readlink -f "$(command -v npm)")" >"$kept/bin/npm"
    chmod +x "$kept/bin/npm"
fi
echo "$kept/bin"
