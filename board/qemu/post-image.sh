#!/bin/sh
# Buildroot's post-image step for QEMU: gives kernel and root file system the names under which "make run"
# takes them (IMAGE=FOLDER). If the quick image is there, its host gets this kernel's modules. What the image consists of
# must be what was agreed for the quick one, but for the differences that are meant.
#
#   post-image.sh IMAGES        HOST_DIR, TARGET_DIR: from Buildroot
set -eu

here=$(dirname "$(readlink -f "$0")")
cd "$1"
ln -sf zImage kernel
ln -sf rootfs.ext4 rootfs.img

host=$here/../../build/image/host.img
[ ! -e "$host" ] || "$here/host-image.sh" "$host" "$TARGET_DIR" host.img

"$HOST_DIR/bin/node" "$here/../common/compare-manifests.js" "$here/../../app/test/image/expected-manifest.json" \
    manifest.json "$here/../common/manifest-differences.json" modules.builtin
