#!/bin/sh
# Assembles the file systems of the quick image from what build-image.sh has downloaded.
#
#   assemble.sh WORK OUTPUT APP
#
# WORK holds the lists of packages (product.debs, host.debs) and the unpacked kernel; OUTPUT gets rootfs.img, host.img
# and manifest.json. Runs as root or under fakeroot, in one session of it: owners live only there.
set -eu

here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../..")
work=$1
output=$2
app=$3
packages=$top/app/packages

# A folder of this repository, without what only people read.
overlay() {
    tar -C "$1" --exclude=README.md --owner=0 --group=0 -c . | tar -C "$2" -x --keep-directory-symlink --no-overwrite-dir
}

product() {
    root=$work/product
    "$here/extract-packages.sh" "$root" <"$work/product.debs"
    overlay "$top/overlay" "$root"
    overlay "$here/overlay" "$root"
    mkdir -p "$root/usr/lib/enf"
    sed '/^#/d' "$top/board/common/programs.list" | while read -r program; do
        for file in "$app/$program.cjs" "$app/$program-main.cjs"; do
            [ ! -e "$file" ] || install -m 755 "$file" "$root/usr/lib/enf"
        done
    done
    install -m 755 "$packages"/*/build/linux-arm/*.node "$root/usr/lib/enf"
    "$here/install-modules.sh" "$work/kernel" "$root" "$here/modules/product.list"
    "$top/board/common/finish-root.sh" "$root" "$root/usr/lib/sysusers.d/00-card.conf"
    touch -d "@$SOURCE_DATE_EPOCH" "$root/usr/lib/clock-epoch"
    "$here/make-filesystem.sh" "$root" "$output/rootfs.img" rootfs 256
    node "$top/board/common/manifest.js" "$root" "$work/product.debs" >"$output/manifest.json"
}

host() {
    root=$work/host
    "$here/extract-packages.sh" "$root" <"$work/host.debs"
    overlay "$here/host" "$root"
    mkdir -p "$root/usr/lib/psock-host/prebuilds"
    install -m 755 "$app/psock-host.cjs" "$packages/tuntap2/build/linux-arm/tuntap2.node" "$root/usr/lib/psock-host"
    cp -r "$app/prebuilds/linux-arm" "$root/usr/lib/psock-host/prebuilds"
    ln -s ../lib/psock-host/psock-host.cjs "$root/usr/bin/psock-host"
    "$here/install-modules.sh" "$work/kernel" "$root" "$here/modules/host.list"
    "$top/board/common/finish-root.sh" "$root" "$here/host/usr/lib/sysusers.d/host.conf"
    "$here/make-filesystem.sh" "$root" "$output/host.img" host 512
}

product
host
