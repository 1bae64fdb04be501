#!/bin/sh
# Copies the listed kernel modules, and what they need, into a root file system, decompressed, with an index.
#
#   install-modules.sh KERNEL ROOT LIST...      KERNEL: the unpacked kernel package
set -eu

here=$(dirname "$(readlink -f "$0")")
kernel=$1
root=$2
shift 2
version=$(ls "$kernel/usr/lib/modules")
target=$root/usr/lib/modules/$version
mkdir -p "$target"

sed -s '/^#/d' "$@" | sort -u | while read -r module; do
    modprobe -d "$kernel" -S "$version" --show-depends "$module" || {
        echo "install-modules: the kernel has no module $module" >&2
        exit 1
    }
done >"$target/wanted"

# Built-in ones count as present.
sed -n 's|^insmod \([^ ]*\).*|\1|p' "$target/wanted" | sort -u | while read -r file; do
    name=${file##*/}
    ! grep -qxF "${name%%.ko*}" "$here/modules/unfit.list" || continue
    case $name in
        *.ko.xz) xz -dc "$file" >"$target/${name%.xz}" ;;
        *) cp "$file" "$target/$name" ;;
    esac
done
rm "$target/wanted"
cp "$kernel/usr/lib/modules/$version/modules.builtin" "$kernel/usr/lib/modules/$version/modules.builtin.modinfo" "$target"
: >"$target/modules.order"
depmod -b "$root" "$version"
