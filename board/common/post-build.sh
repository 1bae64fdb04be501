#!/bin/sh
# Buildroot's post-build step, for every image: names the release, makes the places that a read-only root must have.
#
#   post-build.sh TARGET        ENF_VERSION, SOURCE_DATE_EPOCH: from br2-external/build.sh; BR2_CONFIG: from Buildroot
set -eu

here=$(dirname "$(readlink -f "$0")")
root=$1
version=${ENF_VERSION:?}
builder=$(sed -n 's/^VERSION_ID=//p' "$root/usr/lib/os-release")

cat >"$root/usr/lib/os-release" <<TEXT
NAME="ENF router card"
ID=enf-card
VERSION_ID=$version
PRETTY_NAME="ENF router card $version"
BUILD_ID=buildroot-$builder
TEXT

if grep -qx 'BR2_ENF_DEVELOPMENT=y' "$BR2_CONFIG"; then
    cp -a "$here/development/." "$root"
    sed -i '1s/{/{\n  "console": true,/' "$root/etc/usb-gadget.json"
    sed -i 's/^PRETTY_NAME="\(.*\)"/PRETTY_NAME="\1, development"/' "$root/usr/lib/os-release"
fi

for folder in data rom mnt; do mkdir -p "$root/$folder"; done

# The boot loader knows one name.
for tree in "$root"/boot/at91-*.dtb; do
    [ ! -e "$tree" ] || ln -sfn "${tree##*/}" "$root/boot/card.dtb"
done
: >"$root/usr/lib/clock-epoch"
touch -d "@${SOURCE_DATE_EPOCH:?}" "$root/usr/lib/clock-epoch"

# What people read, of the overlays and of Buildroot; what starts nothing here.
rm -rf "$root/README.md" "$root/etc/init.d" "$root/usr/share/bash-completion" "$root/usr/lib/systemd/catalog" \
    "$root/usr/lib/systemd/network"/80-* "$root/usr/lib/udev/hwdb.d"
