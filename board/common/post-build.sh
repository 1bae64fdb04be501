#!/bin/sh
# Buildroot's post-build step, for every image: names the release, makes the places that a read-only root must have.
#
#   post-build.sh TARGET        ENF_VERSION, SOURCE_DATE_EPOCH: from br2-external/build.sh
set -eu

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
