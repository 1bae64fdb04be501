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

# The boot loader has one name for it.
for tree in "$root"/boot/at91-*.dtb; do
    [ ! -e "$tree" ] || ln -sfn "${tree##*/}" "$root/boot/card.dtb"
done
: >"$root/usr/lib/clock-epoch"
touch -d "@${SOURCE_DATE_EPOCH:?}" "$root/usr/lib/clock-epoch"

# Buildroot copies overlays over what an earlier build left: what has been removed from them since goes.
list=${BUILD_DIR:?}/overlay-files
overlays=$(sed -n 's/^BR2_ROOTFS_OVERLAY="\(.*\)"/\1/p' "$BR2_CONFIG" | sed "s|\$(BR2_EXTERNAL_ENF_PATH)|$here/../../br2-external|g")
for overlay in $overlays; do (cd "$overlay" && find . ! -type d); done | LC_ALL=C sort -u >"$list.new"
[ ! -e "$list" ] || LC_ALL=C comm -13 "$list.new" "$list" | (cd "$root" && while read -r file; do rm -f "$file"; done)
mv "$list.new" "$list"

# What people read, of the overlays; what the quick image leaves out too, but for the settings of D-Bus.
rm -rf "$root/README.md"
sed '/dbus-1$/d' "$here/unwanted.list" | (cd "$root" && while read -r pattern; do
    # shellcheck disable=SC2086 # a pattern
    rm -rf $pattern
done)
# D-Bus is there for RAUC, whose command starts it.
rm -f "$root"/usr/lib/systemd/system/*.wants/dbus.service
