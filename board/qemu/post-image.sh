#!/bin/sh
# Buildroot's post-image step for QEMU: gives kernel and root file system the names under which board/qemu/run.sh
# takes them (IMAGE=FOLDER).
#
#   post-image.sh IMAGES
set -eu

cd "$1"
ln -sf zImage kernel
ln -sf rootfs.ext4 rootfs.img
