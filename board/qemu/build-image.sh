#!/bin/sh
# Builds the quick QEMU image of the card from Debian's packages for its processor, in about a minute.
#
#   board/qemu/build-image.sh [--force]
#
# Output, below build/image (OUT=FOLDER): kernel, initrd, rootfs.img (the product), host.img (the computer that the
# card is plugged into: test tools, no part of the product), manifest.json (what the product consists of).
# Needs build/app and the armhf addons (make build native-armhf), and the Debian packages of group "image"
# (app/setup/debian-packages.sh). Needs no root: owners are kept with fakeroot. A second run without changes does
# nothing; downloads are kept.
set -eu

here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../..")
output=${OUT:-$top/build/image}
app=$top/build/app
PATH=$PATH:/usr/sbin:/sbin
export PATH LC_ALL=C

fail() {
    echo "build-image: $*" >&2
    exit 1
}

case ${1-} in
    '') force=false ;;
    --force) force=true ;;
    *)
        sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"
        [ "$1" = --help ] || exit 2
        exit 0
        ;;
esac

needed() {
    [ -e "$1" ] || fail "no $1: run 'make build native-armhf' first"
}
needed "$app/enftun.cjs"
for package in "$top"/app/packages/*/native; do
    package=${package%/native}
    needed "$package/build/linux-arm/${package##*/}.node"
done
for program in apt-get dpkg-deb fakeroot mke2fs modprobe cpio xz node; do
    command -v $program >/dev/null || fail "no $program: run 'app/setup/debian-packages.sh image' first"
done

# The time that the card's clock starts from at least: the newest change of the sources.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2>/dev/null || stat -c %Y "$here")}
export SOURCE_DATE_EPOCH

mkdir -p "$output/work"
fingerprint() {
    cat "$work/product.debs" "$work/host.debs" "$work/boot.debs"
    (
        cd "$top"
        find board/qemu board/common overlay -type f -exec sha256sum {} + -o -type l -printf '%p %l\n' | sort
        sha256sum app/packages/*/build/linux-arm/*.node build/app/*.cjs
    )
}

start=$(date +%s%N)
step() {
    now=$(date +%s%N)
    printf '%6d.%d s  %s\n' $(((now - start) / 1000000000)) $(((now - start) / 100000000 % 10)) "$1"
}

work=$output/work
step 'resolving and downloading packages'
lists=$here/packages
"$here/fetch-packages.sh" "$output/debs" "$lists/boot.list" >"$work/boot.debs"
"$here/fetch-packages.sh" "$output/debs" "$lists/essential.list" "$lists/product.list" >"$work/product.debs"
"$here/fetch-packages.sh" "$output/debs" "$lists/essential.list" "$lists/host.list" >"$work/host.debs"

fingerprint >"$work/fingerprint.new"
if [ $force = false ] && [ -e "$output/manifest.json" ] && cmp -s "$work/fingerprint.new" "$work/fingerprint"; then
    step "unchanged: $output"
    exit 0
fi
rm -f "$work/fingerprint"

# The kernel package is large and seldom changes.
kernel_deb=$(grep '/linux-image-[0-9][^/]*$' "$work/boot.debs")
if [ "$(cat "$work/kernel.deb" 2>/dev/null)" != "$kernel_deb" ]; then
    step "unpacking ${kernel_deb##*/}"
    rm -rf "$work/kernel"
    mkdir -p "$work/kernel"
    dpkg-deb -x "$kernel_deb" "$work/kernel"
    [ -e "$work/kernel/lib" ] || ln -s usr/lib "$work/kernel/lib"
    depmod -b "$work/kernel" "$(ls "$work/kernel/usr/lib/modules")"
    echo "$kernel_deb" >"$work/kernel.deb"
fi
cp "$work"/kernel/boot/vmlinuz-* "$output/kernel"

step 'making the initial RAM disk'
rm -rf "$work/busybox"
dpkg-deb -x "$(grep '/busybox-static_' "$work/boot.debs")" "$work/busybox"
"$here/make-initrd.sh" "$work/kernel" "$work/busybox/usr/bin/busybox" "$output/initrd"

step 'assembling the root file systems'
rm -rf "$work/product" "$work/host"
if [ "$(id -u)" = 0 ]; then
    "$here/assemble.sh" "$work" "$output" "$app"
else
    fakeroot -- "$here/assemble.sh" "$work" "$output" "$app"
fi

megabytes=$(($(du -sB1 "$work/product" | cut -f 1) / 1000000))
rm -rf "$work/product" "$work/host" "$work/busybox"
mv "$work/fingerprint.new" "$work/fingerprint"
step "done: $output (product root $megabytes MB)"
[ $megabytes -le 180 ] || fail "the product root has $megabytes MB, more than 180"
