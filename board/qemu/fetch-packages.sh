#!/bin/sh
# Resolves Debian packages for the card's processor, or for that of ARCHITECTURE, and downloads them into a cache; prints
# their files.
#
#   fetch-packages.sh CACHE LIST...     LIST: a file of package names; prints one .deb file per line
#
# apt runs with a configuration, state and package lists of its own below CACHE and an empty dpkg status: the
# machine's own packages and architectures play no part. It verifies signatures and checksums as always. Needs no
# root. Packages already downloaded are not asked for again; MIRROR=URL replaces the machine's own Debian mirror.
set -eu

release=trixie
architecture=${ARCHITECTURE:-armhf}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() {
    echo "fetch-packages: $*" >&2
    exit 1
}

[ $# -ge 2 ] || fail "usage: fetch-packages.sh CACHE LIST..."
[ -r $keyring ] || fail "no $keyring: install debian-archive-keyring"
cache=$(mkdir -p "$1" && cd "$1" && pwd)
shift

mirror=$("$(dirname "$(readlink -f "$0")")/../../app/setup/debian-mirror.sh")

mkdir -p "$cache/state/lists/partial" "$cache/archives/partial" "$cache/etc/apt.conf.d"
: >"$cache/state/status"
cat >"$cache/apt.conf" <<TEXT
Dir::State "$cache/state";
Dir::State::status "$cache/state/status";
Dir::Cache "$cache";
Dir::Etc "$cache/etc";
Dir::Etc::sourceparts "-";
Dir::Etc::trusted "$keyring";
APT::Architecture "$architecture";
APT::Architectures "$architecture";
APT::Install-Recommends "false";
APT::Sandbox::User "$(id -un)";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
TEXT
APT_CONFIG=$cache/apt.conf
export APT_CONFIG

# A mirror in the middle of a synchronisation may offer an index that its signed list does not name: the release
# under its other name is then often whole. It counts only when it is still the same release.
# shellcheck disable=SC2016 # apt expands these
update_lists() {
    for suite in $release stable; do
        echo "deb [signed-by=$keyring] $mirror $suite main" >"$cache/etc/sources.list"
        if apt-get -qq update 2>"$cache/update.log" &&
            apt-get indextargets --format '$(CODENAME)' | grep -qx $release; then
            return
        fi
    done
    cat "$cache/update.log" >&2
    fail "no usable package lists of Debian $release at $mirror (MIRROR=URL names another one)"
}

# Lists of the last day will do: a build without network is then possible too.
lists_are_fresh() {
    [ -n "$(find "$cache/state/lists" -name '*_Packages*' -mtime -1 2>/dev/null)" ]
}

packages=$(sed -s '/^#/d' "$@")

# What an earlier run found for the same names in the same lists still holds, if the files are there.
answer=$cache/answers/$(echo "$mirror $packages" | cksum | tr -d ' ')
mkdir -p "$cache/answers"
if lists_are_fresh && [ -e "$answer" ] && xargs ls <"$answer" >/dev/null 2>&1; then
    cat "$answer"
    exit 0
fi

# apt names only what it would fetch, so it is asked with an empty archive folder.
resolve() {
    # shellcheck disable=SC2086 # a list of names
    apt-get -qq --print-uris -o Dir::Cache::archives="$cache/none" install $packages >"$cache/uris" 2>"$cache/resolve.log"
}

download() {
    # shellcheck disable=SC2086
    apt-get -qq --download-only -y install $packages >"$cache/download.log" 2>&1
}

mkdir -p "$cache/none/partial"
lists_are_fresh || update_lists
if ! resolve || ! download; then
    # The lists may be older than what the mirror still has.
    update_lists
    resolve || { cat "$cache/resolve.log" >&2; fail "cannot resolve the packages"; }
    download || { tail -n 5 "$cache/download.log" >&2; fail "download failed"; }
fi
sed -n "s|^'[^']*' \([^ ]*\) .*|$cache/archives/\1|p" "$cache/uris" >"$answer.new"
mv "$answer.new" "$answer"
cat "$answer"
