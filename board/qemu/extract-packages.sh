#!/bin/sh
# Unpacks Debian packages into a root file system without running their scripts: list on standard input, one .deb per
# line. Leaves out what a device never reads (board/common/unwanted.list: documentation, translations, hardware that
# no card has).
#
#   extract-packages.sh ROOT <LIST
#
# Run as root or under fakeroot, for the owners of the files.
set -eu

root=$1
unwanted=$(dirname "$(readlink -f "$0")")/../common/unwanted.list
mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib"
for folder in bin sbin lib; do ln -sfn usr/$folder "$root/$folder"; done

# Two at a time: unpacking is half decompression, half writing.
# shellcheck disable=SC2016 # expanded by the inner shell
xargs -P 2 -n 8 sh -euc '
    root=$1 unwanted=$2
    shift 2
    for deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -C "$root" -x --keep-directory-symlink --exclude-from="$unwanted"
    done' sh "$root" "$unwanted"
