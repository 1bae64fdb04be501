#!/bin/sh
# Makes an apt configuration of its own, with source and binary packages of several Debian releases, and brings its
# lists up to date. Nothing of the machine's own packages, lists or settings changes; needs no root.
#
#   private-apt.sh FOLDER       prints the file for APT_CONFIG
#
# MIRROR=URL replaces the machine's own Debian mirror. Signatures are verified as always.
set -eu

folder=$(mkdir -p "$1" && cd "$1" && pwd)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
releases='bookworm trixie trixie-backports forky sid'

fail() {
    echo "private-apt: $*" >&2
    exit 1
}

[ -r $keyring ] || fail "no $keyring: install debian-archive-keyring"

mirror=$("$(dirname "$(readlink -f "$0")")/../../app/setup/debian-mirror.sh")

mkdir -p "$folder/state/lists/partial" "$folder/archives/partial" "$folder/etc/apt.conf.d" "$folder/etc/preferences.d"
: >"$folder/state/status"
cat >"$folder/apt.conf" <<TEXT
Dir::State "$folder/state";
Dir::State::status "$folder/state/status";
Dir::Cache "$folder";
Dir::Etc "$folder/etc";
Dir::Etc::sourceparts "-";
Dir::Etc::trusted "$keyring";
APT::Architecture "amd64";
APT::Architectures "amd64";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
TEXT
for release in $releases; do
    for kind in deb deb-src; do
        echo "$kind [signed-by=$keyring] $mirror $release main"
    done
done >"$folder/etc/sources.list"

if [ -z "$(find "$folder/state/lists" -name '*_Sources*' -mtime -1 2>/dev/null)" ]; then
    APT_CONFIG=$folder/apt.conf apt-get -qq update >"$folder/update.log" 2>&1 || {
        cat "$folder/update.log" >&2
        fail "cannot read the package lists of $mirror"
    }
fi
echo "$folder/apt.conf"
