#!/bin/sh
# Makes the initial RAM disk: busybox, the modules that reach the root file system, and initrd-init.
#
#   make-initrd.sh KERNEL BUSYBOX OUTPUT        KERNEL: unpacked kernel package; BUSYBOX: the static program
set -eu

here=$(dirname "$(readlink -f "$0")")
kernel=$1
busybox=$2
output=$3
version=$(ls "$kernel/usr/lib/modules")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bin" "$work/modules"
cp "$busybox" "$work/bin/busybox"
cp "$here/initrd-init" "$work/init"
chmod 755 "$work/init" "$work/bin/busybox"

# In the order in which they can be loaded.
sed '/^#/d' "$here/modules/initrd.list" | while read -r module; do
    modprobe -d "$kernel" -S "$version" --show-depends "$module" | sed -n 's|^insmod \([^ ]*\).*|\1|p'
done | awk '!seen[$0]++' | while read -r file; do
    name=${file##*/}
    ! grep -qxF "${name%.ko.xz}" "$here/modules/unfit.list" || continue
    xz -dc "$file" >"$work/modules/${name%.xz}"
    echo "${name%.xz}"
done >"$work/order"
mv "$work/order" "$work/modules/order"

(cd "$work" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) | gzip -n -6 >"$output"
